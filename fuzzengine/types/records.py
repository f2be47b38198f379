"""Types of dataclasses, named tuples, typed dicts and tuples, with a tree for each field."""

from __future__ import annotations

from fuzzengine.types.base import (
    InfiniteTypeError,
    StructuredType,
    TypeMismatchError,
    build_part,
    part_to_tree,
    read_part,
    write_part,
)
from fuzzengine.types.notation import ReadError, call_of, elements_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree
    from fuzzengine.types.kinds import Kind


class RecordType(StructuredType):
    """A class that is called with all its fields by name: a dataclass or a NamedTuple.

    Attributes:
        names: the names of the fields, in the order of the tree.
        kinds: the kinds of the fields; set later, as a field may be of this type again.
        defaults: by name, the functions that make the default values of fields.
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
        """Return the defaults of the fields, and the zeros of fields without a default.

        Raises:
            InfiniteTypeError: a field without a default needs a value of this type again.
        """
        if self._zero is None:
            if self._zeroing:
                raise InfiniteTypeError(self.name)
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
                return part_to_tree(kind, make(), "")
            except Exception:
                # The default is not of the annotated type, or its factory fails here.
                return kind.zero()
        return kind.zero()

    def build(self, tree: Tree) -> Any:
        """Return the result of calling the class with all fields by name."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return self.python_type(**{name: build_part(kind, part) for name, kind, part in parts})

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of the fields."""
        if type(value) is not self.python_type:
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        return tuple(
            part_to_tree(kind, getattr(value, name), f".{name}")
            for name, kind in zip(self.names, self.kinds, strict=True)
        )

    def write(self, tree: Tree) -> str:
        """Return a call of the class: `Point(x=1, y=2)`."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        fields = [f"{name}={write_part(kind, part)}" for name, kind, part in parts]
        return f"{self.name}({', '.join(fields)})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a call, with fields by position or name; defaults may be left out."""
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
        """Return the fields."""
        return list(zip(self.kinds, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these fields."""
        return tuple(parts)


class TypedDictType(RecordType):
    """A TypedDict, written as a dict display."""

    __slots__ = ()

    def build(self, tree: Tree) -> Any:
        """Return a new dict."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return {name: build_part(kind, part) for name, kind, part in parts}

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of the values; every key must be present."""
        if type(value) is not dict:
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        if set(value) != set(self.names):
            raise TypeMismatchError(f"{self.name} has the keys {', '.join(self.names)}")
        return tuple(
            part_to_tree(kind, value[name], f"[{name!r}]")
            for name, kind in zip(self.names, self.kinds, strict=True)
        )

    def write(self, tree: Tree) -> str:
        """Return a Python display: `{'x': 1}`."""
        parts = zip(self.names, self.kinds, tree, strict=True)
        return f"{{{', '.join(f'{n!r}: {write_part(k, part)}' for n, k, part in parts)}}}"

    def read(self, node: Node) -> Tree:
        """Return the tree of a Python display whose keys are strings."""
        keys = node.keys if type(node).__name__ == "Dict" else [None]
        names = [getattr(key, "value", None) for key in keys]
        if any(type(name) is not str for name in names):
            raise ReadError(node, f"want a dict with the keys of {self.name}")
        self._check_names(list(zip(map(str, names), keys, strict=True)))
        return self._read_fields(node, dict(zip(map(str, names), node.values, strict=True)))


class TupleType(RecordType):
    """`tuple[A, B]`, whose fields are numbered."""

    __slots__ = ()

    def build(self, tree: Tree) -> Any:
        """Return a new tuple."""
        return tuple(build_part(kind, part) for kind, part in zip(self.kinds, tree, strict=True))

    def to_tree(self, value: Any) -> Tree:
        """Return the trees of the elements."""
        if type(value) is not tuple or len(value) != len(self.kinds):
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        return tuple(
            part_to_tree(kind, part, f"[{index}]")
            for index, (kind, part) in enumerate(zip(self.kinds, value, strict=True))
        )

    def write(self, tree: Tree) -> str:
        """Return a Python display: `(1, 'a')`."""
        parts = [write_part(kind, part) for kind, part in zip(self.kinds, tree, strict=True)]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a Python display."""
        elements = elements_of(node, "Tuple")
        if elements is None or len(elements) != len(self.kinds):
            raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")
        return tuple(
            read_part(kind, element) for kind, element in zip(self.kinds, elements, strict=True)
        )
