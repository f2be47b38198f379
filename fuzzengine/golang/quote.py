"""Writes Go's string literals, writes and reads its character literals (Go: strconv)."""

from __future__ import annotations

from scriptest.base.strings import EscapeError, unescape

_CONTROLS = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r"}


def _escape(code: int, delimiter: str) -> str:
    """Return one code point as Go writes it inside quotes; U+DC80 and up are raw bytes."""
    if code == ord(delimiter) or code == 0x5C:
        return "\\" + chr(code)
    if code in _CONTROLS:
        return "\\" + _CONTROLS[code]
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if code < 0x7F:
        return chr(code)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    from fuzzengine.golang.printable import is_printable

    if is_printable(code):
        return chr(code)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _EscapeTable(dict[int, str]):
    """A table for str.translate that computes each entry when it is first needed."""

    def __missing__(self, code: int) -> str:
        escaped = self[code] = _escape(code, '"')
        return escaped


_escapes = _EscapeTable()


def quote(value: bytes) -> str:
    """Return bytes as a Go string literal in double quotes (Go: strconv.Quote).

    The result has no lone surrogates: a byte that is not UTF-8 becomes an escape.
    """
    text = value.decode("utf-8", "surrogateescape")
    return f'"{text.translate(_escapes)}"'


def quote_rune(code: int) -> str:
    """Return a Unicode code point as a Go character literal (Go: strconv.QuoteRune)."""
    return f"'{_escape(code, chr(0x27))}'"


def unquote_rune(body: bytes) -> int:
    """Return the code point of a character literal, given the UTF-8 text between its quotes.

    Raises:
        EscapeError: it is not exactly one character, or its escape is not one of Go's.
    """
    if body == b"\\'":
        return 0x27
    if body.startswith(b"\\") and body != b'\\"':
        value, end = unescape(body, 0)
        if end == len(body):
            # Escapes of one byte, such as \xff, need not be UTF-8.
            return value[0] if len(value) == 1 else ord(value.decode())
    elif body != b"'" and len(body.decode()) == 1:
        return ord(body.decode())
    raise EscapeError("want one character between the quotes", 0)
