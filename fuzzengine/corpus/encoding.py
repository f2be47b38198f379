"""Reads and writes the text of corpus files: ``go test fuzz v1`` and one value per line.

Go counterparts: marshalCorpusFile and unmarshalCorpusFile of internal/fuzz.
"""

from __future__ import annotations

from fuzzengine.golang.expr import ExpressionError, parse_line
from fuzzengine.golang.number import NAN_BITS, format_float
from fuzzengine.golang.quote import quote, quote_rune
from fuzzengine.types.kinds import (
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
    from collections.abc import Iterator, Sequence

    from fuzzengine.types.base import StructuredType, Tree

HEADER = b"go test fuzz v1"

# Go's bytes.TrimSpace strips these besides the ASCII blanks: Unicode's White_Space, in UTF-8.
_WIDE_BLANKS = tuple(
    chr(code).encode()
    for code in (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
)
_SHOWN = 200
_MISSING_HEADER = f'want "{HEADER.decode()}" in the first line, then one value per line'


class CorpusError(ValueError):
    """An invalid corpus file.

    Attributes:
        text: the reason, without the place.
        line: the number of the line, from 1, or 0 if the error concerns the whole file.
        column: the first faulty byte of the line, from 1, or 0 likewise.
    """

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {text}" if line else text)
        self.text = text
        self.line = line
        self.column = column

    def in_file(self, path: str) -> str:
        """Return one line with the place and the reason, such as ``path:2:5: reason``."""
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{_escaped(path)}{place}: {printable(self.text)}"


def printable(text: str) -> str:
    """Return text for one line of output: at most 200 characters, the unprintable ones escaped."""
    return _escaped(text[:_SHOWN] + ("..." if len(text) > _SHOWN else ""))


def _escaped(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def marshal(kinds: Sequence[Kind], values: Sequence[object]) -> bytes:
    """Return the corpus file that holds these values (Go: marshalCorpusFile).

    Args:
        kinds: the types of the values; uint8 and int32 are written as byte and rune, as Go does.
        values: the values; one of kind float32 is rounded.

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
    bits, bits_of = (32, float32_bits) if kind is FLOAT32 else (64, float64_bits)
    if value != value and bits_of(value) != NAN_BITS[bits]:
        return f"math.Float{bits}frombits(0x{bits_of(value):x})"
    coerced = kind.coerce(value)
    assert isinstance(coerced, float)
    return f"{kind.name}({format_float(coerced, bits)})"


def _structured(kind: Kind) -> StructuredType:
    return kind  # type: ignore[return-value]


def unmarshal(data: bytes, wanted: Sequence[Kind] = ()) -> tuple[list[Kind], list[object]]:
    """Read a corpus file and return the kind and the value of every line.

    Args:
        data: the content of the file.
        wanted: the kinds of the fuzz function; without them a structured line cannot be read.

    Raises:
        CorpusError: Go would refuse the file, or a structured line is malformed.
    """
    kinds: list[Kind] = []
    values: list[object] = []
    for number, raw in value_lines(data):
        place = len(kinds)
        kind, value = unmarshal_line(raw, number, wanted[place] if place < len(wanted) else None)
        kinds.append(kind)
        values.append(value)
    return kinds, values


def value_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number, from 1, and the text of each line below the header that is not blank.

    Raises:
        CorpusError: the header is missing.
    """
    header, *lines = data.split(b"\n")
    if not lines or header.removesuffix(b"\r") != HEADER:
        raise CorpusError(_MISSING_HEADER, 1, 1)
    for number, raw in enumerate(lines, 2):
        if _strip(raw):
            yield number, raw


def unmarshal_line(raw: bytes, number: int, wanted: Kind | None = None) -> tuple[Kind, object]:
    """Read a line that is not blank and return its kind and value.

    Args:
        raw: the line with the blanks around it.
        number: the line number, for errors.
        wanted: the kind of the argument. If it is structured, a line of one of Go's kinds is read
            all the same, so that `check` can report the mismatch.

    Raises:
        CorpusError: the line does not hold a value.
    """
    line = _strip(raw)
    try:
        if wanted is None or not wanted.is_structured:
            return parse_line(line)
        return _structured_or_plain(wanted, line)
    except ExpressionError as error:
        column = raw.find(line) + error.offset + 1
        raise CorpusError(str(error), number, column) from None


def _structured_or_plain(kind: Kind, line: bytes) -> tuple[Kind, object]:
    try:
        return kind, read_structured(kind, line)
    except ExpressionError as error:
        try:
            return parse_line(line)
        except ExpressionError:
            raise error from None


def read_structured(kind: Kind, line: bytes) -> Tree:
    """Parse a line that holds a value of a structured kind, without blanks around it.

    Raises:
        ExpressionError: the line does not hold a value of this kind.
    """
    from fuzzengine.types.notation import ReadError, parse

    try:
        return _structured(kind).read(parse(line))
    except ReadError as error:
        raise ExpressionError(str(error), error.column) from None
    except RecursionError:
        raise ExpressionError("nested too deeply") from None


def unmarshal_bare(kind: Kind, data: bytes) -> object:
    """Read the shared memory of a worker that minimizes one argument.

    It holds the bytes of a text, as in Go, or the line of a structured value.

    Raises:
        CorpusError: the line does not hold a value of the kind.
    """
    if kind.is_structured:
        return unmarshal_line(data, 1, kind)[1]
    return data.decode("utf-8", "surrogateescape") if kind is STRING else data


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
