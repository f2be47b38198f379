"""Reads corpus files with structured lines without the fuzz test that knows their types."""

from __future__ import annotations

import _ast

from fuzzengine.corpus import encoding
from fuzzengine.corpus.encoding import CorpusError
from fuzzengine.types.base import StructuredType, write_part
from fuzzengine.types.kinds import ALL, Kind
from fuzzengine.types.notation import ReadError, call_of, name_of, parse
from fuzzengine.types.records import RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fuzzengine.types.base import Node, Tree

_OF_GO = {kind.name for kind in ALL} | {"byte", "rune", "string"}
_DISPLAYS = (_ast.Constant, _ast.List, _ast.Tuple, _ast.Dict, _ast.Set, _ast.UnaryOp, _ast.BinOp)


class UntypedKind(StructuredType):
    """The kind of a structured line whose type is unknown; its value is the line's text."""

    __slots__ = ()

    def write(self, tree: Tree) -> str:
        """Return the text."""
        return str(tree)

    def objection(self, _value: object) -> str | None:
        """Return None: any text is valid."""
        return None


def unmarshal_untyped(data: bytes) -> tuple[list[Kind], list[object]]:
    """Read a corpus file and return the kind and the value of every line.

    The value of a structured line is its text.

    Raises:
        CorpusError: a line is in neither Go's nor Python's notation.
    """
    kinds: list[Kind] = []
    values: list[object] = []
    for number, raw in encoding.value_lines(data):
        try:
            kind, value = encoding.unmarshal_line(raw, number)
        except CorpusError as error:
            kind, value = _untyped(raw.strip(), error), raw.strip().decode()
        kinds.append(kind)
        values.append(value)
    return kinds, values


def _untyped(line: bytes, error: CorpusError) -> Kind:
    try:
        node = parse(line)
        call = call_of(node)
    except ReadError:
        raise error from None
    name = call[0] if call is not None else name_of(node)
    is_value = bool(call) or isinstance(node, _DISPLAYS) or "." in name
    if not is_value or name in _OF_GO:
        raise error from None
    return UntypedKind(name.partition(".")[0] or type(node).__name__.lower())


def read_adapted(kind: StructuredType, text: str) -> Tree:
    """Parse a line that was written when dataclasses of the type had other fields.

    Removed fields are dropped; new fields get their defaults, or else zero.

    Raises:
        ReadError: the line still does not hold a value of this type.
    """
    node = parse(text.encode("utf-8", "surrogateescape"))
    records = _records_in(kind, {})
    for call in _calls_in(node):
        record = records.get(name_of(call.func).rpartition(".")[2])
        if record is not None and not call.args:
            _fit(call, record)
    return kind.read(node)


def _fit(call: Any, record: RecordType) -> None:
    """Add and remove keyword arguments of a call, so that they are the fields of a class."""
    call.keywords = [keyword for keyword in call.keywords if keyword.arg in record.names]
    given = {keyword.arg for keyword in call.keywords}
    zeros = zip(record.names, record.kinds, record.zero(), strict=True)
    for name, kind, zero in zeros:
        if name not in given:
            value = parse(write_part(kind, zero).encode())
            call.keywords.append(_ast.keyword(arg=name, value=value))


def _calls_in(node: Node) -> list[Node]:
    found = [node] if isinstance(node, _ast.Call) else []
    for name in node._fields:
        part = getattr(node, name)
        for child in part if isinstance(part, list) else [part]:
            if isinstance(child, _ast.AST):
                found += _calls_in(child)
    return found


def _records_in(kind: Kind, found: dict[str, RecordType]) -> dict[str, RecordType]:
    """Return the classes that occur in a type, by their names."""
    if isinstance(kind, RecordType):
        if kind.name in found:
            return found
        found[kind.name] = kind
        inner: tuple[Kind, ...] = kind.kinds
    else:
        inner = tuple(
            part
            for name in ("element", "key", "value", "options")
            for part in _listed(getattr(kind, name, ()))
        )
    for part in inner:
        _records_in(part, found)
    return found


def _listed(part: Any) -> tuple[Kind, ...]:
    return part if isinstance(part, tuple) else (part,)
