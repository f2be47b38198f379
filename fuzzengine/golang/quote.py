"""Go's string and character literals: writes and reads them (Go: strconv.Quote, Unquote)."""

from __future__ import annotations

_CONTROLS = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r"}
_SIMPLE = {ord(letter): bytes((code,)) for code, letter in _CONTROLS.items()}
_SIMPLE |= {0x5C: b"\\", 0x22: b'"'}
_PYTHON_ESCAPES = (b"\\x", b'\\"', *(b"\\" + letter.encode() for letter in _CONTROLS.values()))

# The number of digits that follow the letter of an escape, and their base.
_NUMERIC = {ord("x"): (2, 16), ord("u"): (4, 16), ord("U"): (8, 16)}
# int() would also accept a sign, underscores and the prefix of a base.
_DIGITS = {8: b"01234567", 16: b"0123456789abcdefABCDEF"}


class EscapeError(ValueError):
    """A malformed literal; `offset` counts bytes from the opening quote, exclusive."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


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


def unquote(body: bytes) -> bytes:
    """Return the value of a string literal, given the text between its double quotes.

    Raises:
        EscapeError: an escape is not one of Go's, or a double quote is not escaped.
    """
    if b"\\" not in body and b'"' not in body:
        return body
    value = _unquote_quickly(body)
    return _unquote_slowly(body) if value is None else value


def unquote_rune(body: bytes) -> int:
    """Return the code point of a character literal, given the UTF-8 text between its quotes.

    Raises:
        EscapeError: it is not exactly one character, or its escape is not one of Go's.
    """
    if body == b"\\'":
        return 0x27
    if body.startswith(b"\\") and body != b'\\"':
        value, end = _unescape(body, 0)
        if end == len(body):
            # Escapes of one byte, such as \xff, need not be UTF-8.
            return value[0] if len(value) == 1 else ord(value.decode())
    elif body != b"'" and len(body.decode()) == 1:
        return ord(body.decode())
    raise EscapeError("want one character between the quotes", 0)


def _unquote_quickly(body: bytes) -> bytes | None:
    """Decode escapes at the speed of C if `quote` could have written them; otherwise None."""
    # Between pairs of backslashes, each backslash starts an escape.
    chunks = [_without_code_points(chunk) for chunk in body.split(b"\\\\")]
    for chunk in chunks:
        escapes = sum(map(chunk.count, _PYTHON_ESCAPES))
        if escapes != chunk.count(b"\\") or chunk.count(b'"') != chunk.count(b'\\"'):
            return None
    from codecs import escape_decode

    try:
        return bytes(escape_decode(b"\\\\".join(chunks))[0])
    except ValueError:
        return None


def _without_code_points(chunk: bytes) -> bytes:
    r"""Rewrite the escapes \u and \U, which Python's bytes do not have, as \x."""
    for mark, width in ((b"\\u", 4), (b"\\U", 8)):
        first, *parts = chunk.split(mark)
        pieces = [first]
        for part in parts:
            decoded = _decode_number(part[:width], 16, width)
            if decoded is None:
                return chunk
            pieces += [b"\\x%02x" % byte for byte in decoded]
            pieces.append(part[width:])
        chunk = b"".join(pieces)
    return chunk


def _unquote_slowly(body: bytes) -> bytes:
    result = bytearray()
    position = 0
    while position < len(body):
        mark = body.find(b"\\", position)
        plain = body[position:] if mark < 0 else body[position:mark]
        if b'"' in plain:
            raise EscapeError(r"double quote inside; write \"", position + plain.index(b'"'))
        result += plain
        if mark < 0:
            break
        value, position = _unescape(body, mark)
        result += value
    return bytes(result)


def _unescape(body: bytes, mark: int) -> tuple[bytes, int]:
    """Return the value of the escape whose backslash is at `mark`, and the offset after it."""
    letter = body[mark + 1] if mark + 1 < len(body) else 0
    if letter in _SIMPLE:
        return _SIMPLE[letter], mark + 2
    is_octal = letter in _DIGITS[8]
    start = mark + (1 if is_octal else 2)
    width, base = (3, 8) if is_octal else _NUMERIC.get(letter, (0, 16))
    value = _decode_number(body[start : start + width], base, width) if width else None
    if value is None:
        raise EscapeError(r"not an escape sequence of Go; write a backslash as \\", mark)
    return value, start + width


def _decode_number(digits: bytes, base: int, width: int) -> bytes | None:
    """Return the bytes that a numeric escape with these digits means, or None."""
    if len(digits) != width or digits.strip(_DIGITS[base]):
        return None
    code = int(digits, base)
    if width <= 3:  # \x and octal escapes are bytes, not code points
        return bytes((code,)) if code <= 0xFF else None
    try:
        return chr(code).encode()
    except (UnicodeEncodeError, ValueError, OverflowError):
        return None
