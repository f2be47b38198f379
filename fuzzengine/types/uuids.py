"""The type of UUIDs."""

from __future__ import annotations

import uuid

from fuzzengine.types.base import StructuredType, TypeMismatchError
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree

_FIELDS = tuple(
    Kind(name, int, 0, (1 << bits) - 1)
    for name, bits in (
        ("time_low", 32),
        ("time_mid", 16),
        ("time_hi_version", 16),
        ("clock_seq_hi_variant", 8),
        ("clock_seq_low", 8),
        ("node", 48),
    )
)
_ZERO = uuid.UUID(int=0)
_VERSIONS = range(1, 9)


class UUIDType(StructuredType):
    """A UUID: `UUID('12345678-1234-5678-1234-567812345678')`. A tree has its six fields."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("UUID", uuid.UUID)

    def zero(self) -> object:
        """Return the tree of the UUID with all bits zero."""
        return _ZERO.fields

    def build(self, tree: Tree) -> Any:
        """Return the UUID."""
        return uuid.UUID(fields=tree)

    def to_tree(self, value: Any) -> Tree:
        """Return the fields of a UUID."""
        if type(value) is not uuid.UUID:
            raise TypeMismatchError(f"{type(value).__name__} is not UUID")
        return value.fields

    def write(self, tree: Tree) -> str:
        """Return a call with the text of the UUID."""
        return f"UUID({str(self.build(tree))!r})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a call with a text."""
        call = call_of(node)
        if call is None or call[0].removeprefix("uuid.") != "UUID" or call[2]:
            raise ReadError(node, f"want UUID('{_ZERO}'), not {type_of_node(node)}")
        text = constant_of(call[1][0]) if len(call[1]) == 1 else None
        if not isinstance(text, str):
            raise ReadError(node, f"want one text, such as UUID('{_ZERO}')")
        try:
            return uuid.UUID(text).fields
        except ValueError as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the fields."""
        return list(zip(_FIELDS, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these fields."""
        return tuple(parts)

    def alternatives(self, tree: Tree) -> Sequence[Tree]:
        """Return the same UUID in other versions, and those whose bits are all alike."""
        low, middle, high, variant, *rest = tree
        versions = [
            (low, middle, high & 0xFFF | version << 12, variant & 0x3F | 0x80, *rest)
            for version in _VERSIONS
        ]
        whole = [_ZERO.fields, tuple(kind.high for kind in _FIELDS)]
        return [other for other in (*versions, *whole) if other != tree]
