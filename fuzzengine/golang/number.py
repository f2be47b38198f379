"""Go's number literals: reads them, and writes the shortest form of a float."""

from __future__ import annotations

import math

from fuzzengine.types.kinds import float32_from_bits, float64_from_bits, round_float32

NAN_BITS = {32: 0x7FC00000, 64: 0x7FF8000000000001}
"""The NaN that is written ``NaN``, by the width of the float (Go: math.NaN, unlike Python's)."""

_HEXADECIMAL = r"-?0x(?:(?:_?H)+(?:\.(?:H(?:_?H)*)?)?|\.H(?:_?H)*)p[+-]?[0-9](?:_?[0-9])*"
_NOT_A_FLOAT = "not a float such as 1.5, 0x1p-2, -Inf or NaN"
_FLOAT32_DIGITS = 9  # enough for every float32
_FLOAT32_LIMIT = 2.0**128
_EXPONENT_DIGITS = 8  # of a hexadecimal float: with more of them the value is 0 or infinite
_SHORTEST_EXPONENT = 6  # from this decimal exponent on, Go's %v writes one


class NumberError(ValueError):
    """A number that Go refuses."""


def parse_int(text: str) -> int:
    """Parse an integer literal with an optional minus sign (Go: strconv.ParseInt with base 0).

    Raises:
        NumberError: the text is not an integer literal, or has thousands of digits.
    """
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.replace("_", "").isalnum():
        raise NumberError("not an integer")
    try:
        is_octal = digits[0] == "0" and digits[1:2] in "01234567_"
        return int(text, 8 if is_octal else 0)
    except ValueError:
        too_long = digits.isdigit() and digits[0] != "0"
        raise NumberError("too long for an integer" if too_long else "not an integer") from None


def parse_float(text: str, bits: int) -> float:
    """Parse a number literal, ``NaN`` or a signed ``Inf`` (Go: strconv.ParseFloat).

    Args:
        text: a literal with an optional minus sign.
        bits: 64, or 32 for a value rounded once, to a float32.

    Raises:
        NumberError: the text is not such a literal, is octal or binary, or hexadecimal without an
            exponent; or the value is too large.
    """
    if text == "NaN":
        return (float32_from_bits if bits == 32 else float64_from_bits)(NAN_BITS[bits])
    if text in ("+Inf", "-Inf"):
        return float(text)
    literal = text.lower()
    value = _hexadecimal(literal) if "x" in literal else _decimal(literal)
    if bits == 32:
        value = _round_once(literal.replace("_", ""), value)
    if math.isinf(value):
        raise NumberError(f"out of the range of float{bits}")
    return value


def _decimal(literal: str) -> float:
    """Parse a decimal float, or an integer: decimal too, but valid as one with a leading zero."""
    digits = literal.removeprefix("-")
    try:
        if digits.isascii() and digits[:1] in "0123456789." and not digits[-1:].isspace():
            if digits.replace("_", "").isdigit() and digits[0] == "0":
                int(digits, 8)
            return float(literal)
    except ValueError:
        pass
    raise NumberError(_NOT_A_FLOAT)


def _hexadecimal(literal: str) -> float:
    import re

    if not re.fullmatch(_HEXADECIMAL.replace("H", "[0-9a-f]"), literal):
        raise NumberError(_NOT_A_FLOAT)
    mantissa, exponent = _parts(literal.replace("_", ""))
    try:
        return float.fromhex(f"{mantissa}p{exponent}")
    except OverflowError:
        return math.inf


def _parts(literal: str) -> tuple[str, int]:
    """Return mantissa and exponent of a hexadecimal float, an exponent of many digits cut."""
    mantissa, _, exponent = literal.partition("p")
    size = int(exponent.lstrip("+-0")[:_EXPONENT_DIGITS] or "0")
    return mantissa, -size if exponent.startswith("-") else size


def _round_once(literal: str, value: float) -> float:
    """Round a literal to float32, given its nearest float64.

    Rounding twice goes wrong where the float64 is half-way between two float32: then the literal
    itself decides.
    """
    below = math.nextafter(value, -math.inf)
    above = math.nextafter(value, math.inf)
    smaller, larger = round_float32(below), round_float32(above)
    if smaller == larger or (_finite(smaller) + _finite(larger)) / 2 != value:
        return round_float32(value)
    order = _compare(literal, value)
    return round_float32(above if order > 0 else below if order < 0 else value)


def _finite(value: float) -> float:
    """Return a float32; for an infinity, the number that would follow the largest float32."""
    return math.copysign(_FLOAT32_LIMIT, value) if math.isinf(value) else value


def _compare(literal: str, value: float) -> int:
    """Return a positive number, 0 or a negative one: the literal is above, at or below value."""
    if "0x" not in literal:
        from decimal import Decimal

        exact, nearest = Decimal(literal), Decimal(value)
        return (exact > nearest) - (exact < nearest)
    mantissa, exponent = _parts(literal.replace("0x", ""))
    whole, _, fraction = mantissa.partition(".")
    shift = exponent - 4 * len(fraction)
    numerator, denominator = value.as_integer_ratio()
    left = (int(whole + fraction, 16) << max(shift, 0)) * denominator
    right = numerator << max(-shift, 0)
    return (left > right) - (left < right)


def format_float(value: float, bits: int) -> str:
    """Return the shortest text that parses to the same float (Go: fmt's %v).

    Args:
        value: for 32 bits, a value that is a float32.
        bits: 64 or 32.
    """
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return sign + "0"
    digits, point = _shortest64(abs(value)) if bits == 64 else _shortest32(abs(value))
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    exponent = point - 1
    if exponent < -4 or exponent >= _SHORTEST_EXPONENT:
        fraction = "." + digits[1:] if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def _shortest64(value: float) -> tuple[str, int]:
    """Return the digits of a float, and the position of its decimal point from the left."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    significant = digits.lstrip("0")
    point = len(whole) - (len(digits) - len(significant)) + int(exponent or 0)
    return significant.rstrip("0"), point


def _shortest32(value: float) -> tuple[str, int]:
    """Return the same for a float32: try more digits until they round to the value."""
    for precision in range(_FLOAT32_DIGITS):
        mantissa, _, exponent = f"{value:.{precision}e}".partition("e")
        nearest = int(mantissa.replace(".", ""))
        scale = int(exponent) - precision
        # Above a power of two the gap is wider: the next larger number may round to the value
        # where the nearest number, which is smaller, does not.
        for candidate in (nearest, nearest + 1):
            if _round_once(f"{candidate}e{scale}", float(f"{candidate}e{scale}")) == value:
                digits = str(candidate)
                return digits.rstrip("0"), len(digits) + scale
    raise AssertionError(f"{value!r} is not a float32")
