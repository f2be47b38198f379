"""The text of a corpus file: ``go test fuzz v1`` and one Go conversion a line.

Go counterparts: marshalCorpusFile and unmarshalCorpusFile of internal/fuzz.
"""

from __future__ import annotations

from fuzzengine.golang.quote import quote, quote_rune, unquote_body
from fuzzengine.types.kinds import (
    ALL,
    BOOL,
    BYTES,
    FLOAT32,
    INT32,
    STRING,
    UINT8,
    Kind,
    float32_bits,
    float64_bits,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.base import StructuredType

HEADER = b"go test fuzz v1"

# The conversions that take a number, a character or a bool.
_SCALARS = {kind.name.encode(): kind for kind in ALL if kind not in (BYTES, STRING)}
_SCALARS |= {b"byte": UINT8, b"rune": INT32}
_MAX_PLAIN_DIGITS = 20  # as many as the largest uint64 has

# What Go's bytes.TrimSpace strips besides the ASCII blanks: Unicode's White_Space in UTF-8.
_WIDE_BLANKS = tuple(
    chr(code).encode()
    for code in (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
)
_CANONICAL_NAN32 = 0x7FC00000
_CANONICAL_NAN64 = 0x7FF8000000000001


class CorpusError(ValueError):
    """A corpus file that cannot be used, in Go's words.

    Bytes of the file that are not UTF-8 are in the text as U+DC80 to U+DCFF.
    """


def marshal(kinds: Sequence[Kind], values: Sequence[object]) -> bytes:
    """Return the corpus file that holds these values (Go: marshalCorpusFile).

    Args:
        kinds: one for each value; uint8 and int32 are written as byte and rune, as Go does.
        values: what fits the kinds. A float32 is rounded.

    Raises:
        CorpusError: a value does not fit its kind, or text has a lone surrogate without a byte.
    """
    lines = [HEADER.decode()]
    for kind, value in zip(kinds, values, strict=True):
        objection = kind.objection(value)
        if objection is not None:
            raise CorpusError(f"cannot write a corpus entry: {objection}")
        lines.append(_marshal_value(kind, value))
    return ("\n".join(lines) + "\n").encode()


def _marshal_value(kind: Kind, value: object) -> str:
    if kind.is_structured:
        return _structured(kind).write(value)
    if isinstance(value, bytes):
        return f"[]byte({quote(value)})"
    if isinstance(value, str):
        return f"string({quote(value.encode('utf-8', 'surrogateescape'))})"
    if isinstance(value, bool):
        return "bool(true)" if value else "bool(false)"
    if isinstance(value, float):
        return _marshal_float(kind, value)
    assert isinstance(value, int)
    if kind is UINT8:
        return f"byte({quote_rune(value)})"
    if kind is INT32 and (0 <= value < 0xD800 or 0xE000 <= value <= 0x10FFFF):
        return f"rune({quote_rune(value)})"
    return f"{kind.name}({value})"


def _marshal_float(kind: Kind, value: float) -> str:
    """Write a float; an unusual NaN by its bits, as a crash may depend on them."""
    from fuzzengine.golang.number import format_float

    if kind is FLOAT32:
        if value != value and float32_bits(value) != _CANONICAL_NAN32:
            return f"math.Float32frombits(0x{float32_bits(value):x})"
        coerced = FLOAT32.coerce(value)
        assert isinstance(coerced, float)
        return f"float32({format_float(coerced, 32)})"
    if value != value and float64_bits(value) != _CANONICAL_NAN64:
        return f"math.Float64frombits(0x{float64_bits(value):x})"
    return f"float64({format_float(value, 64)})"


def _structured(kind: Kind) -> StructuredType:
    return kind  # type: ignore[return-value]


def unmarshal(data: bytes, wanted: Sequence[Kind] = ()) -> tuple[list[Kind], list[object]]:
    """Read a corpus file and return the kind and the value of every line.

    Args:
        data: the file.
        wanted: the kinds of the fuzz function; without them a structured line cannot be read.

    Raises:
        CorpusError: it is no corpus file; the text is exactly Go's (Go: unmarshalCorpusFile).
    """
    if not data:
        raise CorpusError("cannot unmarshal empty string")
    lines = data.split(b"\n")
    if len(lines) < 2:
        raise CorpusError("must include version and at least one value")
    version = lines[0].removesuffix(b"\r")
    if version != HEADER:
        text = version.decode("utf-8", "surrogateescape")
        raise CorpusError(f"unknown encoding version: {text}")
    kinds: list[Kind] = []
    values: list[object] = []
    for number, raw in enumerate(lines[1:], 2):
        line = _strip(raw)
        if line:
            place = len(kinds)
            if place < len(wanted) and wanted[place].is_structured:
                kind, value = _structured_line(wanted[place], line, number)
            else:
                kind, value = _plain_line(line) or _exact_line(line)
            kinds.append(kind)
            values.append(value)
    return kinds, values


def unmarshal_bare(kind: Kind, data: bytes) -> object:
    """Read what a worker has in shared memory while it makes one argument smaller.

    Those are the bytes of a text, as in Go, or the line of a structured value.

    Raises:
        CorpusError: it is no such line.
    """
    if kind.is_structured:
        return _structured_line(kind, data, 1)[1]
    return data.decode("utf-8", "surrogateescape") if kind is STRING else data


def _structured_line(wanted: Kind, line: bytes, number: int) -> tuple[Kind, object]:
    """Read a line of a structured kind; one of Go's is read as such, and `check` will refuse it."""
    from fuzzengine.corpus.structured_lines import LineError, read_line

    try:
        return wanted, read_line(_structured(wanted), line)
    except LineError as error:
        try:
            return _exact_line(line)
        except CorpusError:
            raise CorpusError(f"line {number}, {error}") from None


def _strip(line: bytes) -> bytes:
    """Strip Unicode's white space (Go: bytes.TrimSpace)."""
    line = line.strip()
    while line and (line[0] >= 0x80 or line[-1] >= 0x80):
        stripped = line
        for blank in _WIDE_BLANKS:
            stripped = stripped.removeprefix(blank).removesuffix(blank)
        stripped = stripped.strip()
        if stripped == line:
            break
        line = stripped
    return line


def _plain_line(line: bytes) -> tuple[Kind, object] | None:
    """Read a line in the form `marshal` writes, quickly; None leaves it to the exact parser."""
    if line[-1:] != b")":
        return None
    if line.startswith(b'[]byte("'):
        value = _plain_text(line[8:-1])
        return None if value is None else (BYTES, value)
    if line.startswith(b'string("'):
        value = _plain_text(line[8:-1])
        return None if value is None else (STRING, value.decode("utf-8", "surrogateescape"))
    name, _, argument = line.partition(b"(")
    argument = argument[:-1]
    kind = _SCALARS.get(name)
    if kind is None:
        return None
    if kind is BOOL:
        return (BOOL, argument == b"true") if argument in (b"true", b"false") else None
    if kind.python_type is float:
        return _plain_float(kind, argument)
    is_character = len(argument) == 3 and argument[0] == argument[2] == 0x27
    if is_character and name in (b"byte", b"rune") and _is_plain_character(argument[1]):
        return kind, argument[1]
    return _plain_integer(kind, argument)


def _is_plain_character(code: int) -> bool:
    return 0x20 <= code < 0x7F and code not in b"'\\"


def _plain_integer(kind: Kind, argument: bytes) -> tuple[Kind, object] | None:
    digits = argument.removeprefix(b"-")
    if not _is_plain_decimal(digits) or len(digits) > _MAX_PLAIN_DIGITS:
        return None
    if len(digits) < len(argument) and kind.low == 0:
        return None
    number = int(argument)
    return (kind, number) if kind.low <= number <= kind.high else None


def _is_plain_decimal(digits: bytes) -> bool:
    return digits.isdigit() and (digits[:1] != b"0" or digits == b"0")


def _plain_float(kind: Kind, argument: bytes) -> tuple[Kind, object] | None:
    mantissa, mark, exponent = argument.removeprefix(b"-").partition(b"e")
    whole, point, fraction = mantissa.partition(b".")
    if not _is_plain_decimal(whole) or (point and not fraction.isdigit()):
        return None
    if mark and not (exponent[:1] in (b"+", b"-") and exponent[1:].isdigit()):
        return None
    from fuzzengine.golang.number import NumberError, parse_float

    try:
        return kind, parse_float(argument.decode(), 32 if kind is FLOAT32 else 64)
    except NumberError:
        return None


def _plain_text(rest: bytes) -> bytes | None:
    """Return what the rest of a string literal, with its closing quote, stands for."""
    if rest[-1:] != b'"' or b"\0" in rest or (not rest.isascii() and not _is_clean(rest)):
        return None
    return unquote_body(rest[:-1])


def _is_clean(text: bytes) -> bool:
    """Tell whether the scanner has nothing to say against the characters that are not ASCII."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return b"\xef\xbb\xbf" not in text


def _exact_line(line: bytes) -> tuple[Kind, object]:
    from fuzzengine.golang.line import LineError, parse_line

    try:
        return parse_line(line)
    except LineError as error:
        raise CorpusError(f"malformed line {quote(line)}: {error}") from None


def check(found: Sequence[Kind], wanted: Sequence[Kind]) -> None:
    """Compare the kinds of an entry with those of the fuzz function (Go: CheckCorpus).

    Raises:
        CorpusError: they differ; the text is Go's.
    """
    if len(found) != len(wanted):
        raise CorpusError(
            f"wrong number of values in corpus entry: {len(found)}, want {len(wanted)}"
        )
    if any(one is not other for one, other in zip(found, wanted, strict=True)):
        raise CorpusError(
            f"mismatched types in corpus entry: {_names(found)}, want {_names(wanted)}"
        )


def _names(kinds: Sequence[Kind]) -> str:
    return f"[{' '.join(kind.name for kind in kinds)}]"
