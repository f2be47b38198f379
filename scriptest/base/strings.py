"""Reads Go's string literals (Go: strconv.Unquote)."""

from __future__ import annotations

_SIMPLE = {
    ord("a"): b"\a", ord("b"): b"\b", ord("f"): b"\f", ord("n"): b"\n", ord("r"): b"\r",
    ord("t"): b"\t", ord("v"): b"\v", ord("\\"): b"\\", ord('"'): b'"',
}  # fmt: skip
_PYTHON_ESCAPES = (b"\\x", *(b"\\%c" % letter for letter in _SIMPLE if letter != 0x5C))

# The number of digits that follow the letter of an escape, and their base.
_NUMERIC = {ord("x"): (2, 16), ord("u"): (4, 16), ord("U"): (8, 16)}
# int() would also accept a sign, underscores and the prefix of a base.
_DIGITS = {8: b"01234567", 16: b"0123456789abcdefABCDEF"}


class EscapeError(ValueError):
    """A malformed literal; `offset` counts bytes from the opening quote, exclusive."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


def unquote(body: bytes) -> bytes:
    """Return the value of a string literal, given the text between its double quotes.

    Raises:
        EscapeError: an escape is not one of Go's, or a double quote or a line end is not escaped.
    """
    if b"\n" in body:
        raise EscapeError(r"line end inside; write \n", body.index(b"\n"))
    if b"\\" not in body and b'"' not in body:
        return body
    value = _unquote_quickly(body)
    return _unquote_slowly(body) if value is None else value


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
        value, position = unescape(body, mark)
        result += value
    return bytes(result)


def unescape(body: bytes, mark: int) -> tuple[bytes, int]:
    """Return the value of the escape whose backslash is at `mark`, and the offset after it."""
    letter = body[mark + 1] if mark + 1 < len(body) else 0
    if letter in _SIMPLE:
        return _SIMPLE[letter], mark + 2
    is_octal = letter in _DIGITS[8]
    start = mark + (1 if is_octal else 2)
    width, base = (3, 8) if is_octal else _NUMERIC.get(letter, (0, 16))
    value = _decode_number(body[start : start + width], base, width) if width else None
    if value is None:
        escape = body[mark:].decode("utf-8", "replace")[:2]
        raise EscapeError(
            rf"{escape} is not an escape sequence of Go; write a backslash as \\", mark
        )
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
