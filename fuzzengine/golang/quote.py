"""Go's quoted strings: how bytes are written in a corpus file, and read back."""

from __future__ import annotations

_CONTROL_ESCAPES = {
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
}

_SIMPLE_ESCAPES = {
    ord("a"): b"\a",
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
    ord("v"): b"\v",
    ord("\\"): b"\\",
    ord("'"): b"'",
    ord('"'): b'"',
}

_PYTHON_ESCAPES = (b"\\x", b'\\"', *(b"\\" + bytes((letter,)) for letter in b"abfnrtv"))

# How many digits follow the letter of an escape, and their base.
_NUMERIC_ESCAPES = {ord("x"): (2, 16), ord("u"): (4, 16), ord("U"): (8, 16)}

# Python's int also takes a sign, an underscore and a base's prefix.
_DIGITS = {8: b"01234567", 16: b"0123456789abcdefABCDEF"}


def _escape(code: int, quote: str) -> str:
    """Return one code point as Go writes it inside quotes; U+DC80 and up are raw bytes."""
    if code == ord(quote) or code == 0x5C:
        return "\\" + chr(code)
    if code in _CONTROL_ESCAPES:
        return _CONTROL_ESCAPES[code]
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
    """A table for str.translate that works out each character when it is first met."""

    def __missing__(self, code: int) -> str:
        escaped = self[code] = _escape(code, '"')
        return escaped


_escapes = _EscapeTable()


def quote(value: bytes) -> str:
    """Return bytes as a Go string literal in double quotes (Go: strconv.Quote).

    The result is text without lone surrogates: a byte that is not UTF-8 becomes an escape.
    """
    text = value.decode("utf-8", "surrogateescape")
    return f'"{text.translate(_escapes)}"'


def quote_rune(code: int) -> str:
    """Return a Unicode code point as a Go character literal (Go: strconv.QuoteRune)."""
    return f"'{_escape(code, chr(0x27))}'"


def unquote_body(body: bytes) -> bytes | None:
    """Return what stands between the quotes of a Go string literal as bytes, or None.

    None means that the escapes are not Go's, or a bare double quote is inside: the caller then
    asks the exact parser what is wrong. (Go: strconv.Unquote, which has no fast path.)
    """
    # A quote belongs to the body only after a backslash that is not itself escaped.
    if b'"' in body and b'"' in body.replace(b"\\\\", b"").replace(b'\\"', b""):
        return None
    if b"\\" not in body:
        return body
    return _unquote_quickly(body) or _unquote_pieces(body)


def _unquote_quickly(body: bytes) -> bytes | None:
    """Decode escapes at the speed of C, if they are of the kind `quote` writes."""
    # Between pairs of backslashes, each backslash starts an escape.
    chunks = [_spell_out(chunk) for chunk in body.split(b"\\\\")]
    for chunk in chunks:
        if sum(map(chunk.count, _PYTHON_ESCAPES)) != chunk.count(b"\\"):
            return None
    from codecs import escape_decode

    try:
        return bytes(escape_decode(b"\\\\".join(chunks))[0])
    except ValueError:
        return None


def _spell_out(chunk: bytes) -> bytes:
    r"""Write \u and \U escapes, which Python's bytes do not have, as \x ones."""
    for mark, width in ((b"\\u", 4), (b"\\U", 8)):
        if mark in chunk:
            first, *parts = chunk.split(mark)
            spelled = [first]
            for part in parts:
                decoded = _decode_number(part[:width], 16, width)
                if decoded is None:
                    return chunk
                spelled += [b"\\x%02x" % byte for byte in decoded]
                spelled.append(part[width:])
            chunk = b"".join(spelled)
    return chunk


def _unquote_pieces(body: bytes) -> bytes | None:
    """Decode any of Go's escapes, one by one."""
    pieces = body.split(b"\\")
    result = [pieces[0]]
    index = 1
    while index < len(pieces):
        piece = pieces[index]
        index += 1
        if piece:
            decoded = _unescape(piece)
            if decoded is None:
                return None
            result.append(decoded)
        elif index < len(pieces):
            result.append(b"\\" + pieces[index])  # the empty piece between two backslashes
            index += 1
        else:
            return None
    return b"".join(result)


def _unescape(piece: bytes) -> bytes | None:
    """Decode one escape, without its backslash, and the plain text after it."""
    letter = piece[0]
    if letter in _SIMPLE_ESCAPES:
        return None if letter == 0x27 else _SIMPLE_ESCAPES[letter] + piece[1:]
    if 0x30 <= letter <= 0x37:
        start, width, base = 0, 3, 8
    elif letter in _NUMERIC_ESCAPES:
        start = 1
        width, base = _NUMERIC_ESCAPES[letter]
    else:
        return None
    end = start + width
    decoded = _decode_number(piece[start:end], base, width)
    return None if decoded is None else decoded + piece[end:]


def _decode_number(digits: bytes, base: int, width: int) -> bytes | None:
    """Return what a numeric escape with these digits stands for, or None if it is none."""
    if len(digits) != width or digits.strip(_DIGITS[base]):
        return None
    code = int(digits, base)
    if width <= 3:  # \x and octal escapes are bytes, not code points
        return bytes((code,)) if code <= 0xFF else None
    try:
        return chr(code).encode("utf-8")
    except (UnicodeEncodeError, ValueError, OverflowError):
        return None


def unquote_char(body: str) -> int | None:
    """Return the code point between the quotes of a Go character literal the scanner accepted.

    None means that the body starts with a bare quote, the only mistake left after the scanner
    (Go: strconv.UnquoteChar).
    """
    if body.startswith("'"):
        return None
    if not body.startswith("\\"):
        return ord(body[0])
    letter = ord(body[1])
    if letter in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[letter][0]
    if letter in _NUMERIC_ESCAPES:
        return int(body[2:], 16)
    return int(body[1:], 8)
