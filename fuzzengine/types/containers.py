"""Types of lists, tuples, sets and dicts, whose trees are tuples of the trees of their elements."""

from __future__ import annotations

from fuzzengine.types.base import (
    StructuredType,
    TypeMismatchError,
    build_part,
    part_to_tree,
    read_part,
    write_part,
)
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, elements_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree


class CollectionType(StructuredType):
    """A collection of one element type: `list[T]`, `tuple[T, ...]`, `set[T]`, `frozenset[T]`."""

    __slots__ = ("element",)

    def __init__(self, name: str, python_type: type, element: Kind) -> None:
        super().__init__(name, python_type)
        self.element = element

    def zero(self) -> object:
        """Return the empty tree."""
        return ()

    def build(self, tree: Tree) -> Any:
        """Return a new collection of new elements."""
        element = self.element
        return self.python_type(
            [
                part if not isinstance(element, StructuredType) else element.build(part)
                for part in tree
            ]
        )

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of the elements; those of a set are sorted by their notation."""
        if type(value) is not self.python_type or not isinstance(
            value, list | tuple | set | frozenset
        ):
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        parts = tuple(
            part_to_tree(self.element, part, f"[{index}]") for index, part in enumerate(value)
        )
        if self.python_type in (set, frozenset):
            return tuple(sorted(parts, key=lambda part: write_part(self.element, part)))
        return parts

    def write(self, tree: Tree) -> str:
        """Return a Python display: `[1, 2]`, `(1,)`, `{1, 2}`, `frozenset({1})`."""
        inside = ", ".join(write_part(self.element, part) for part in tree)
        if self.python_type is list:
            return f"[{inside}]"
        if self.python_type is tuple:
            return f"({inside},)" if len(tree) == 1 else f"({inside})"
        if not tree:
            return f"{self.python_type.__name__}()"
        return f"{{{inside}}}" if self.python_type is set else f"frozenset({{{inside}}})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a Python display."""
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
        """Return the elements."""
        return [(self.element, part) for part in tree]

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these elements."""
        return tuple(parts)


class DictItemType(StructuredType):
    """A key of a dict and its value."""

    __slots__ = ("key", "value")

    def __init__(self, key: Kind, value: Kind) -> None:
        super().__init__(f"{key.name}: {value.name}")
        self.key = key
        self.value = value

    def zero(self) -> object:
        """Return the zeros of key and value."""
        return (self.key.zero(), self.value.zero())

    def build(self, tree: Tree) -> Any:
        """Return a new key and value."""
        return build_part(self.key, tree[0]), build_part(self.value, tree[1])

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of key and value."""
        key = part_to_tree(self.key, value[0], f"[{value[0]!r}]")
        return (key, part_to_tree(self.value, value[1], f"[{value[0]!r}]"))

    def write(self, tree: Tree) -> str:
        """Return `key: value`, as in a dict display."""
        return f"{write_part(self.key, tree[0])}: {write_part(self.value, tree[1])}"

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the key and the value."""
        return ((self.key, tree[0]), (self.value, tree[1]))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of this key and value."""
        return tuple(parts)


class DictType(CollectionType):
    """`dict[K, V]`: its elements are items; of items with equal keys the last one counts."""

    __slots__ = ("item",)

    def __init__(self, name: str, key: Kind, value: Kind) -> None:
        self.item = DictItemType(key, value)
        super().__init__(name, dict, self.item)

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of the items, in order."""
        if type(value) is not dict:
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        return tuple(self.item.to_tree(item) for item in value.items())

    def write(self, tree: Tree) -> str:
        """Return a Python display: `{'a': 1}`."""
        return f"{{{', '.join(self.item.write(part) for part in tree)}}}"

    def read(self, node: Node) -> Tree:
        """Return the tree of a Python display."""
        if type(node).__name__ != "Dict":
            raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")
        parts = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise ReadError(value, "want key: value")
            parts.append((read_part(self.item.key, key), read_part(self.item.value, value)))
        return tuple(parts)
