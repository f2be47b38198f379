"""Prints entries in a readable form (`fuzzengine corpus show`)."""

from __future__ import annotations

from fuzzengine.corpus.files import CorpusCommandError, named_files, read_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.kinds import Kind

_ROW = 16
_SHOWN_BYTES = 512
_SHOWN_TEXT = 4096
_NAMES = {"[]uint8": "[]byte", "uint8": "byte", "int32": "rune"}


def show(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return all entries as text, and one line for every file that is not an entry."""
    parts, mistakes = [], []
    for path in named_files(arguments):
        try:
            parts.append(f"{path}\n{describe(*read_entry(path))}")
        except CorpusCommandError as error:
            mistakes.append(str(error))
    return "\n".join(parts), mistakes


def describe(kinds: Sequence[Kind], values: Sequence[object]) -> str:
    """Return the arguments of an entry, one per line: number, type, size, value as in Python.

    A hexadecimal dump of at most 512 bytes follows bytes that are not text.
    """
    lines = []
    for number, (kind, value) in enumerate(zip(kinds, values, strict=True), 1):
        if kind.is_structured:
            lines.append(f"  {number} {_cut(str(value))}")
            continue
        name = _NAMES.get(kind.name, kind.name)
        lines.append(f"  {number} {name}{_size(value)} {_shown(value)}")
        if isinstance(value, bytes) and _is_binary(value):
            lines += _dump(value)
    return "".join(f"{line}\n" for line in lines)


def _size(value: object) -> str:
    if isinstance(value, bytes):
        return f" ({len(value)} bytes)"
    return f" ({len(value)} characters)" if isinstance(value, str) else ""


def _shown(value: object) -> str:
    if isinstance(value, bytes | str) and len(value) > _SHOWN_BYTES:
        return f"{value[:_SHOWN_BYTES]!r}... and {len(value) - _SHOWN_BYTES} more"
    return repr(value)


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_TEXT:
        return text
    return f"{text[:_SHOWN_TEXT]}... and {len(text) - _SHOWN_TEXT} more"


def _is_binary(value: bytes) -> bool:
    return any((byte < 0x20 and byte not in b"\t\n\r") or byte >= 0x7F for byte in value)


def _dump(value: bytes) -> list[str]:
    lines = []
    for start in range(0, min(len(value), _SHOWN_BYTES), _ROW):
        row = value[start : start + _ROW]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        lines.append(f"    {start:04x}  {row.hex(' '):<{3 * _ROW - 1}}  {text}")
    return lines
