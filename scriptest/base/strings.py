"""Reads the escapes of Go's interpreted string literals."""

from __future__ import annotations

_SIMPLE = {
    "a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v",
    "\\": b"\\", '"': b'"',
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")


def unquote(text: str) -> bytes:
    r"""Return what text means between double quotes (Go: strconv.Unquote).

    The escapes are `\a \b \f \n \r \t \v \\ \"`, `\ooo` and `\xhh` for a byte, `\uhhhh` and
    `\Uhhhhhhhh` for a character.

    Raises:
        ValueError: an escape is unknown, incomplete or means no character; or a double quote or a
            line end stands there unescaped.
    """
    parts = []
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\":
            part, position = _escape(text, position + 1)
        elif char == "\n":
            raise ValueError("a line end must be written \\n")
        elif char == '"':
            raise ValueError('a double quote must be written \\"')
        else:
            part, position = char.encode("utf-8", "surrogateescape"), position + 1
        parts.append(part)
    return b"".join(parts)


def _escape(text: str, start: int) -> tuple[bytes, int]:
    """Return what the escape means whose letter is at start, and the place after it."""
    kind = text[start : start + 1]
    if kind in _SIMPLE:
        return _SIMPLE[kind], start + 1
    if kind in _OCTAL:
        return _octal(text[start : start + 3]), start + 3
    count = _HEX_DIGITS.get(kind, 0)
    digits = text[start + 1 : start + 1 + count]
    if not count or len(digits) < count or not _HEX.issuperset(digits):
        raise ValueError(f"\\{kind}{digits} is no escape of a Go string")
    value = int(digits, 16)
    if kind == "x":
        return bytes([value]), start + 3
    if value > 0x10FFFF or 0xD800 <= value < 0xE000:
        raise ValueError(f"\\{kind}{digits} is no character")
    return chr(value).encode(), start + 1 + count


def _octal(digits: str) -> bytes:
    if len(digits) < 3 or not _OCTAL.issuperset(digits) or int(digits, 8) > 255:
        raise ValueError(f"\\{digits} is no octal escape from \\000 to \\377")
    return bytes([int(digits, 8)])
