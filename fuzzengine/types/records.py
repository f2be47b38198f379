"""Dataclasses, named tuples, typed dicts and tuples of given types: a tree for each field."""

from __future__ import annotations

from fuzzengine.types.base import (
    EndlessError,
    MisfitError,
    StructuredType,
    build_part,
    read_part,
    take_part,
    write_part,
)
from fuzzengine.types.notation import ReadError, call_of, elements_of, type_of_node

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree
    from fuzzengine.types.kinds import Kind


class Record(StructuredType):
    """A class with named fields, made by calling it with them: a dataclass, a NamedTuple.

    Attributes:
        names: the fields, in the order of the tree.
        kinds: their types; set when they are known, as they may be this type again.
        defaults: what makes the value of a field that has one, by its name.
    """

    __slots__ = ("_zero", "_zeroing", "defaults", "kinds", "names")

    def __init__(
        self,
        python_type: type,
        names: Sequence[str],
        defaults: Mapping[str, Callable[[], Any]],
        name: str = "",
    ) -> None:
        super().__init__(name or python_type.__name__, python_type)
        self.names = tuple(names)
        self.defaults = dict(defaults)
        self.kinds: tuple[Kind, ...] = ()
        self._zero: Tree = None
        self._zeroing = False

    def zero(self) -> Tree:
        """Return the tree of the fields' defaults, or else zeros.

        Raises:
            EndlessError: a field without a default needs a value of this type again.
        """
        if self._zero is None:
            if self._zeroing:
                raise EndlessError(self.name)
            self._zeroing = True
            try:
                self._zero = tuple(
                    self._zero_of(name, kind)
                    for name, kind in zip(self.names, self.kinds, strict=True)
                )
            finally:
                self._zeroing = False
        return self._zero

    def _zero_of(self, name: str, kind: Kind) -> Tree:
        make = self.defaults.get(name)
        if make is not None:
            try:
                return take_part(kind, make(), "")
            except Exception:
                # It is not of the annotated type, or cannot be had without a running program.
                return kind.zero()
        return kind.zero()

    def build(self, tree: Tree) -> Any:
        """Call the class with all fields by their names."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return self.python_type(**{name: build_part(kind, part) for name, kind, part in parts})

    def take(self, value: Any) -> Tree:
        """Take every field."""
        if type(value) is not self.python_type:
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        return tuple(
            take_part(kind, getattr(value, name), f".{name}")
            for name, kind in zip(self.names, self.kinds, strict=True)
        )

    def write(self, tree: Tree) -> str:
        """Write a call of the class: `Point(x=1, y=2)`."""
        return f"{self.name}({', '.join(self._items(tree, '='))})"

    def _items(self, tree: Tree, sign: str) -> list[str]:
        parts = zip(self.names, self.kinds, tree, strict=True)
        return [f"{name}{sign}{write_part(kind, part)}" for name, kind, part in parts]

    def read(self, node: Node) -> Tree:
        """Read a call; fields may be in any order, by position, and left out with a default."""
        call = call_of(node)
        if call is None or call[0].rpartition(".")[2] != self.name:
            raise ReadError(node, f"want {self.name}(...), not {type_of_node(node)}")
        _, given, named = call
        if len(given) > len(self.names):
            raise ReadError(given[len(self.names)], f"{self.name} has no more fields")
        self._check_names([(keyword.arg, keyword) for keyword in node.keywords])
        fields = dict(zip(self.names, given, strict=False))
        for name, value in named.items():
            if name in fields:
                raise ReadError(value, f"{self.name}.{name} is given twice")
            fields[name] = value
        return self._read_fields(node, fields)

    def _check_names(self, given: Sequence[tuple[str, Node]]) -> None:
        for name, node in given:
            if name not in self.names:
                known = ", ".join(self.names) or "none"
                raise ReadError(node, f"{self.name} has no field {name}; it has {known}")

    def _read_fields(self, node: Node, fields: dict[str, Node]) -> Tree:
        parts = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            if name in fields:
                parts.append(read_part(kind, fields[name]))
            elif name in self.defaults:
                parts.append(self._zero_of(name, kind))
            else:
                raise ReadError(node, f"{self.name}.{name} is missing")
        return tuple(parts)

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return every field."""
        return list(zip(self.kinds, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these fields."""
        return tuple(parts)


class Keyed(Record):
    """A TypedDict: written as a dict of which every key is known."""

    __slots__ = ()

    def build(self, tree: Tree) -> Any:
        """Build a dict."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return {name: build_part(kind, part) for name, kind, part in parts}

    def take(self, value: Any) -> Tree:
        """Take every key, all of which must be there."""
        if type(value) is not dict:
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        if set(value) != set(self.names):
            raise MisfitError(f"{self.name} has the keys {', '.join(self.names)}")
        return tuple(
            take_part(kind, value[name], f"[{name!r}]")
            for name, kind in zip(self.names, self.kinds, strict=True)
        )

    def write(self, tree: Tree) -> str:
        """Write a display of Python: `{'x': 1}`."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return f"{{{', '.join(f'{n!r}: {write_part(k, part)}' for n, k, part in parts)}}}"

    def read(self, node: Node) -> Tree:
        """Read a display of Python; every key is a text."""
        keys = node.keys if type(node).__name__ == "Dict" else [None]
        names = [getattr(key, "value", None) for key in keys]
        if any(type(name) is not str for name in names):
            raise ReadError(node, f"want a dict with the keys of {self.name}")
        self._check_names(list(zip(map(str, names), keys, strict=True)))
        return self._read_fields(node, dict(zip(map(str, names), node.values, strict=True)))


class Places(Record):
    """`tuple[A, B]`: its fields have numbers."""

    __slots__ = ()

    def build(self, tree: Tree) -> Any:
        """Build a tuple."""
        return tuple(build_part(kind, part) for kind, part in zip(self.kinds, tree, strict=True))

    def take(self, value: Any) -> Tree:
        """Take every element."""
        if type(value) is not tuple or len(value) != len(self.kinds):
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        return tuple(
            take_part(kind, part, f"[{index}]")
            for index, (kind, part) in enumerate(zip(self.kinds, value, strict=True))
        )

    def write(self, tree: Tree) -> str:
        """Write a display of Python: `(1, 'a')`."""
        parts = [write_part(kind, part) for kind, part in zip(self.kinds, tree, strict=True)]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"

    def read(self, node: Node) -> Tree:
        """Read a display of Python."""
        elements = elements_of(node, "Tuple")
        if elements is None or len(elements) != len(self.kinds):
            raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")
        return tuple(
            read_part(kind, element) for kind, element in zip(self.kinds, elements, strict=True)
        )
