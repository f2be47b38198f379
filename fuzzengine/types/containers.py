"""Lists, tuples, sets and dicts: their trees are tuples of the trees of what they hold."""

from __future__ import annotations

from fuzzengine.types.base import (
    MisfitError,
    StructuredType,
    build_part,
    read_part,
    take_part,
    write_part,
)
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, elements_of, type_of_node

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree


class Items(StructuredType):
    """Any number of values of one type: `list[T]`, `tuple[T, ...]`, `set[T]`, `frozenset[T]`."""

    __slots__ = ("element",)

    def __init__(self, name: str, python_type: type, element: Kind) -> None:
        super().__init__(name, python_type)
        self.element = element

    def zero(self) -> object:
        """Return the tree of what holds nothing."""
        return ()

    def build(self, tree: Tree) -> Any:
        """Build every element, and the container."""
        element = self.element
        return self.python_type(
            [
                part if not isinstance(element, StructuredType) else element.build(part)
                for part in tree
            ]
        )

    def take(self, value: Any) -> Tree:
        """Take every element; those of a set in an order that no hash decides."""
        if type(value) is not self.python_type or not isinstance(
            value, list | tuple | set | frozenset
        ):
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        parts = tuple(
            take_part(self.element, part, f"[{index}]") for index, part in enumerate(value)
        )
        if self.python_type in (set, frozenset):
            return tuple(sorted(parts, key=lambda part: write_part(self.element, part)))
        return parts

    def write(self, tree: Tree) -> str:
        """Write a display of Python: `[1, 2]`, `(1,)`, `{1, 2}`, `frozenset({1})`."""
        inside = ", ".join(write_part(self.element, part) for part in tree)
        if self.python_type is list:
            return f"[{inside}]"
        if self.python_type is tuple:
            return f"({inside},)" if len(tree) == 1 else f"({inside})"
        if not tree:
            return f"{self.python_type.__name__}()"
        return f"{{{inside}}}" if self.python_type is set else f"frozenset({{{inside}}})"

    def read(self, node: Node) -> Tree:
        """Read a display of Python."""
        form = {"list": "List", "tuple": "Tuple"}.get(self.python_type.__name__, "Set")
        elements = elements_of(node, form)
        if elements is None and form == "Set":
            call = call_of(node)
            if call is not None and call[0] == self.python_type.__name__ and not call[2]:
                inner = call[1][0] if len(call[1]) == 1 else node
                elements = elements_of(inner, "Set") if call[1] else []
        if elements is None:
            raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")
        return tuple(read_part(self.element, element) for element in elements)

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return every element."""
        return [(self.element, part) for part in tree]

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these elements."""
        return tuple(parts)


class Pair(StructuredType):
    """A key of a dict with its value."""

    __slots__ = ("key", "value")

    def __init__(self, key: Kind, value: Kind) -> None:
        super().__init__(f"{key.name}: {value.name}")
        self.key = key
        self.value = value

    def zero(self) -> object:
        """Return both zeros."""
        return (self.key.zero(), self.value.zero())

    def build(self, tree: Tree) -> Any:
        """Build both."""
        return build_part(self.key, tree[0]), build_part(self.value, tree[1])

    def take(self, value: Any) -> Tree:
        """Take both."""
        key = take_part(self.key, value[0], f"[{value[0]!r}]")
        return (key, take_part(self.value, value[1], f"[{value[0]!r}]"))

    def write(self, tree: Tree) -> str:
        """Write them as in a dict."""
        return f"{write_part(self.key, tree[0])}: {write_part(self.value, tree[1])}"

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return key and value."""
        return ((self.key, tree[0]), (self.value, tree[1]))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return another pair."""
        return tuple(parts)


class Mapping(Items):
    """`dict[K, V]`: its elements are pairs; of equal keys the last one counts."""

    __slots__ = ("pair",)

    def __init__(self, name: str, key: Kind, value: Kind) -> None:
        self.pair = Pair(key, value)
        super().__init__(name, dict, self.pair)

    def take(self, value: Any) -> Tree:
        """Take every item, in order."""
        if type(value) is not dict:
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        return tuple(self.pair.take(item) for item in value.items())

    def write(self, tree: Tree) -> str:
        """Write a display of Python: `{'a': 1}`."""
        return f"{{{', '.join(self.pair.write(part) for part in tree)}}}"

    def read(self, node: Node) -> Tree:
        """Read a display of Python."""
        if type(node).__name__ != "Dict":
            raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")
        parts = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise ReadError(value, "want key: value")
            parts.append((read_part(self.pair.key, key), read_part(self.pair.value, value)))
        return tuple(parts)
