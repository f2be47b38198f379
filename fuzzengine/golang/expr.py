"""Parses one line of a corpus file: a conversion of one literal (Go: parseCorpusValue)."""

from __future__ import annotations

from fuzzengine.golang.number import NumberError, parse_float, parse_int
from fuzzengine.golang.quote import unquote_rune
from fuzzengine.types import kinds
from scriptest.base.strings import EscapeError, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.golang.scanner import Token
    from fuzzengine.types.kinds import Kind

_KINDS = {kind.name.encode(): kind for kind in kinds.ALL if kind is not kinds.BYTES}
_KINDS |= {b"[]byte": kinds.BYTES, b"byte": kinds.UINT8, b"rune": kinds.INT32}
_KINDS |= {b"math.Float32frombits": kinds.FLOAT32, b"math.Float64frombits": kinds.FLOAT64}
_SPACED = {
    b"[ ] byte": b"[]byte",
    b"math . Float32frombits": b"math.Float32frombits",
    b"math . Float64frombits": b"math.Float64frombits",
}
_BYTE_ORDER_MARK = "\ufeff".encode()
_UNTERMINATED = {
    b'"': 'string literal is not terminated; add "',
    b"`": "string literal is not terminated; add `",
    b"'": "character literal is not terminated, or empty; write one character, such as 'a'",
    b"/": "unexpected /, or a comment is not terminated; add */",
}
_EXAMPLES = 'int(5), string("text") or []byte("text")'
_SHOWN = 30


class ExpressionError(ValueError):
    """A line that does not hold a value; `offset` counts bytes from the start of the line."""

    def __init__(self, text: str, offset: int = 0) -> None:
        super().__init__(text)
        self.offset = offset


def parse_line(line: bytes) -> tuple[Kind, object]:
    """Parse a line such as ``int(5)``, without blanks around it; return its kind and value.

    Raises:
        ExpressionError: Go would not read a value from the line either.
    """
    try:
        return _parse_plain(line)
    except ExpressionError:
        return _parse_tokens(line)


def _parse_plain(line: bytes) -> tuple[Kind, object]:
    """Parse a line as `marshal` writes it, nothing around the literal: the scanner loads slowly.

    Raises:
        ExpressionError: the line has another form; this error is not reported.
    """
    name, _, rest = line.partition(b"(")
    if name not in _KINDS or not rest.endswith(b")"):
        raise ExpressionError("not a plain line")
    return _convert(name, rest[:-1])


def _parse_tokens(line: bytes) -> tuple[Kind, object]:
    from fuzzengine.golang.scanner import scan

    _check_characters(line)
    start = len(_BYTE_ORDER_MARK) if line.startswith(_BYTE_ORDER_MARK) else 0
    name, argument, offset = _split(scan(line, start), len(line))
    try:
        return _convert(name, argument)
    except ExpressionError as error:
        error.offset += offset
        raise


def _split(tokens: list[Token], end: int) -> tuple[bytes, bytes, int]:
    """Return the type, the literal with its sign, and the offset of the sign."""
    from fuzzengine.golang.scanner import ILLEGAL, OPERATOR

    for token in tokens:
        if token.kind == ILLEGAL:
            raise _unexpected(token)
    texts = [token.text for token in tokens]
    opening = texts.index(b"(") if b"(" in texts else 0
    name = b" ".join(texts[:opening])
    name = _SPACED.get(name, name)
    if name not in _KINDS:
        unknown = f"unknown type {_shown(name)}; " if name else ""
        raise ExpressionError(f"{unknown}want a conversion such as {_EXAMPLES}")
    rest = tokens[opening + 1 :]
    offset = rest[0].offset if rest else end
    sign = rest.pop(0).text if rest and rest[0].kind == OPERATOR else b""
    if not rest or rest[0].text == b")":
        raise ExpressionError("want a literal in parentheses", offset)
    argument = sign + rest.pop(0).text
    if sign and argument == sign + b"Inf":
        argument = b"-Inf" if sign == b"-" else b"+Inf"  # Go takes ^Inf, !Inf... for +Inf, too
    for optional in (b"...", b","):
        if rest and rest[0].text == optional:
            del rest[0]
    if not rest or rest[0].text != b")":
        where = rest[0].offset if rest else end
        raise ExpressionError("want a closing parenthesis after one literal", where)
    if rest[1:]:
        raise _unexpected(rest[1])
    return name, argument, offset


def _unexpected(token: Token) -> ExpressionError:
    known = _UNTERMINATED.get(token.text)
    return ExpressionError(known or f"unexpected {_shown(token.text)}", token.offset)


def _convert(name: bytes, text: bytes) -> tuple[Kind, object]:
    """Convert a literal with its sign; the offset of an error counts from the sign."""
    kind = _KINDS[name]
    try:
        if kind is kinds.BYTES:
            return kind, _string(text)
        if kind is kinds.STRING:
            return kind, _string(text).decode("utf-8", "surrogateescape")
        if kind is kinds.BOOL:
            return kind, _bool(text)
        if name in (b"byte", b"rune") and text.startswith(b"'"):
            return kind, _character(kind, text)
        return kind, _number(name, kind, text.decode("utf-8", "replace"))
    except NumberError as error:
        raise ExpressionError(f"{_shown(text)} is {error}") from None
    except EscapeError as error:
        raise ExpressionError(str(error), error.offset + 1) from None


def _string(text: bytes) -> bytes:
    if len(text) < 2 or text[0] not in b'"`' or text[-1] != text[0]:
        raise ExpressionError('want a string literal such as "text"')
    _check_characters(text)
    if text.startswith(b'"'):
        return unquote(text[1:-1])
    if b"`" in text[1:-1]:
        raise ExpressionError('want one string literal such as "text"')
    return text[1:-1].replace(b"\r", b"")


def _bool(text: bytes) -> bool:
    if text not in (b"true", b"false"):
        raise ExpressionError("want true or false")
    return text == b"true"


def _character(kind: Kind, text: bytes) -> int:
    if len(text) < 3 or not text.endswith(b"'"):
        raise ExpressionError("want a character literal such as 'a'")
    _check_characters(text)
    code = unquote_rune(text[1:-1])
    if code > kind.high:
        raise NumberError(f"more than one byte; a byte is at most {kind.high}")
    return code


def _number(name: bytes, kind: Kind, text: str) -> int | float:
    if name == b"math.Float32frombits":
        return kinds.float32_from_bits(_integer(kinds.UINT32, text))
    if name == b"math.Float64frombits":
        return kinds.float64_from_bits(_integer(kinds.UINT64, text))
    if kind.python_type is float:
        return parse_float(text, 32 if kind is kinds.FLOAT32 else 64)
    return _integer(kind, text)


def _integer(kind: Kind, text: str) -> int:
    value = parse_int(text)
    if kind.low == 0 and text.startswith("-"):
        raise NumberError(f"negative; {kind.name} has no sign")
    if not kind.low <= value <= kind.high:
        raise NumberError(f"out of the range of {kind.name}, {kind.low} to {kind.high}")
    return value


def _check_characters(text: bytes) -> None:
    """Refuse the characters that Go refuses in literals and comments too."""
    if text.isascii() and b"\0" not in text:
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        escape = f"\\x{text[error.start]:02x}"
        complaint = f"byte that is not UTF-8; in a string literal write {escape}"
        raise ExpressionError(complaint, error.start) from None
    for character, escape in ((b"\0", "\\x00"), (_BYTE_ORDER_MARK, "\\ufeff")):
        offset = text.find(character, 1)  # a byte order mark may start a line
        if offset > 0:
            raise ExpressionError(f"unprintable character; write it as {escape}", offset)


def _shown(text: bytes) -> str:
    shown = text[:_SHOWN].decode("utf-8", "replace") + ("..." if len(text) > _SHOWN else "")
    return "".join(char if char.isprintable() else "\ufffd" for char in shown)
