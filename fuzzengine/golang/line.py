"""What one line of a corpus file means, and what is wrong with it (Go: parseCorpusValue)."""

from __future__ import annotations

from fuzzengine.golang.expr import ExpressionError, parse
from fuzzengine.golang.node import Array, Call, Ident, Literal, Node, Selector, Unary
from fuzzengine.golang.number import NumberError, parse_float, parse_int, parse_uint
from fuzzengine.golang.quote import unquote_body, unquote_char
from fuzzengine.golang.tokens import CHAR, FLOAT, INT, STRING
from fuzzengine.types.kinds import (
    ALL,
    BOOL,
    BYTES,
    FLOAT32,
    FLOAT64,
    UINT8,
    Kind,
    float32_from_bits,
    float64_from_bits,
)
from fuzzengine.types.kinds import INT32 as RUNE
from fuzzengine.types.kinds import STRING as TEXT

_NUMBERS = {kind.name: kind for kind in ALL if kind.python_type in (int, float)}
_FLOAT_BITS = {"Float32frombits": FLOAT32, "Float64frombits": FLOAT64}


class LineError(ValueError):
    """A line that is no value; the text is Go's."""


def parse_line(line: bytes) -> tuple[Kind, object]:
    """Parse a stripped line of a corpus file and return its kind and value.

    Raises:
        LineError: in Go's words.
    """
    try:
        expression = parse(line)
        if not isinstance(expression, Call):
            raise LineError("expected call expression")
        if len(expression.arguments) != 1:
            count = len(expression.arguments)
            raise LineError(f"expected call expression with 1 argument; got {count}")
        return _convert(expression.function, expression.arguments[0])
    except (ExpressionError, NumberError) as error:
        raise LineError(str(error)) from None


def _convert(function: Node, argument: Node) -> tuple[Kind, object]:
    if isinstance(function, Array):
        return BYTES, _byte_slice(function, argument)
    if isinstance(function, Selector):
        if not isinstance(function.base, Ident) or function.base.name != "math":
            raise LineError("invalid selector type")
        if function.name not in _FLOAT_BITS:
            raise LineError("invalid selector type")
        text, token = _operand(argument)
        return _float_of_bits(function.name, text, token)
    if not isinstance(function, Ident):
        raise LineError("expected []byte or primitive type")
    if function.name == "bool":
        return BOOL, _boolean(argument)
    text, token = _operand(argument)
    return _primitive(function.name, text, token)


def _byte_slice(function: Array, argument: Node) -> bytes:
    if function.length is not None:
        raise LineError("expected []byte or primitive type")
    if not isinstance(function.element, Ident) or function.element.name != "byte":
        raise LineError("expected []byte")
    if not isinstance(argument, Literal) or argument.kind != STRING:
        raise LineError("string literal required for type []byte")
    return _unquote(argument.text)


def _boolean(argument: Node) -> bool:
    if not isinstance(argument, Ident):
        raise LineError("malformed bool")
    if argument.name not in ("true", "false"):
        raise LineError("true or false required for type bool")
    return argument.name == "true"


def _operand(argument: Node) -> tuple[str, str]:
    """Return the text of a literal with its sign, and its token kind."""
    if isinstance(argument, Literal):
        return argument.text, argument.kind
    if isinstance(argument, Ident) and argument.name == "NaN":
        return "NaN", FLOAT
    if not isinstance(argument, Unary):
        raise LineError("literal value required for primitive type")
    operand = argument.operand
    if isinstance(operand, Literal):
        if argument.operator != "-":
            raise LineError(f"unsupported operation on int/float: {argument.operator}")
        return "-" + operand.text, operand.kind
    if isinstance(operand, Ident) and operand.name == "Inf":
        # Go takes any operator but minus for a plus here.
        return ("-Inf" if argument.operator == "-" else "+Inf"), FLOAT
    raise LineError("expected operation on int or float type")


def _primitive(name: str, text: str, token: str) -> tuple[Kind, object]:
    if name == "string":
        if token != STRING:
            raise LineError("string literal value required for type string")
        return TEXT, _unquote(text).decode("utf-8", "surrogateescape")
    if name in ("byte", "rune"):
        kind = UINT8 if name == "byte" else RUNE
        return kind, _integer(kind, text) if token == INT else _character(kind, text, token)
    kind_or_none = _NUMBERS.get(name)
    if kind_or_none is None:
        raise LineError("expected []byte or primitive type")
    kind = kind_or_none
    if kind.python_type is int:
        if token != INT:
            family = "int" if kind.low else "uint"
            raise LineError(f"integer literal required for {family} types")
        return kind, _integer(kind, text)
    if token not in (FLOAT, INT):
        raise LineError(f"float or integer literal required for {name} type")
    return kind, parse_float(text, 32 if kind is FLOAT32 else 64)


def _integer(kind: Kind, text: str) -> int:
    bits = (kind.high - kind.low).bit_length()
    return parse_int(text, bits) if kind.low else parse_uint(text, bits)


def _character(kind: Kind, text: str, token: str) -> int:
    if token != CHAR:
        raise LineError("character literal required for byte/rune types")
    code = unquote_char(text[1:-1])
    if code is None:
        raise LineError("invalid syntax")
    if kind is UINT8 and code >= 256:
        raise LineError("can only encode single byte to a byte type")
    return code


def _float_of_bits(name: str, text: str, token: str) -> tuple[Kind, float]:
    if name == "Float32frombits":
        if token != INT:
            raise LineError("integer literal required for math.Float32frombits type")
        return FLOAT32, float32_from_bits(parse_uint(text, 32))
    if token not in (FLOAT, INT):
        raise LineError("integer literal required for math.Float64frombits type")
    return FLOAT64, float64_from_bits(parse_uint(text, 64))


def _unquote(literal: str) -> bytes:
    """Return the bytes of a string literal the scanner accepted (Go: strconv.Unquote)."""
    quoted = literal.encode("utf-8")
    if literal.startswith("`"):
        return quoted[1:-1]
    value = unquote_body(quoted[1:-1]) if literal.startswith('"') else None
    if value is None:
        raise LineError("invalid syntax")
    return value
