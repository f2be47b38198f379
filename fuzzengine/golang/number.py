"""Go's number literals: parsing with Go's errors, and Go's shortest form of a float."""

from __future__ import annotations

import math

from fuzzengine.types.kinds import round_float32

_BASES = {"x": 16, "o": 8, "b": 2}
_FLOAT32_DIGITS = 9  # enough for every float32
_FLOAT32_LIMIT = 2.0**128
_SHORTEST_EXPONENT = 6  # from this decimal exponent on, Go's %v writes one


class NumberError(ValueError):
    """A number Go does not take; the text is Go's (Go: strconv.NumError)."""

    def __init__(self, function: str, text: str, reason: str) -> None:
        from fuzzengine.golang.quote import quote

        quoted = quote(text.encode("utf-8", "surrogateescape"))
        super().__init__(f"strconv.{function}: parsing {quoted}: {reason}")


_SYNTAX = "invalid syntax"
_RANGE = "value out of range"


def parse_int(text: str, bits: int) -> int:
    """Parse an optional minus sign and an integer literal (Go: strconv.ParseInt with base 0).

    Raises:
        NumberError: the text is no integer literal, or the value does not fit in so many bits.
    """
    negative = text.startswith("-")
    limit = 1 << (bits - 1)
    magnitude = _parse_magnitude("ParseInt", text, text[negative:], 64)
    if magnitude > (limit if negative else limit - 1):
        raise NumberError("ParseInt", text, _RANGE)
    return -magnitude if negative else magnitude


def parse_uint(text: str, bits: int) -> int:
    """Parse an integer literal without a sign (Go: strconv.ParseUint with base 0).

    Raises:
        NumberError: the text is no integer literal, or the value does not fit in so many bits.
    """
    return _parse_magnitude("ParseUint", text, text, bits)


def _parse_magnitude(function: str, text: str, digits: str, bits: int) -> int:
    """Parse a literal digit by digit: of two mistakes Go reports the leftmost."""
    base = 10
    if digits.startswith("0"):
        base = _BASES.get(digits[1:2].lower(), 0)
        digits = digits[2:] if base else digits[1:] or "0"
        base = base or 8
    if not digits:
        raise NumberError(function, text, _SYNTAX)
    value = 0
    for digit in digits:
        if digit == "_":
            continue
        worth = _digit_value(digit)
        if worth >= base:
            raise NumberError(function, text, _SYNTAX)
        value = value * base + worth
        if value >> bits:
            raise NumberError(function, text, _RANGE)
    return value


def _digit_value(digit: str) -> int:
    """Return what a digit is worth in the largest base, and more than any base for no digit."""
    return int(digit, 36) if digit.isascii() and digit.isalnum() else 36


def parse_float(text: str, bits: int) -> float:
    """Parse what the scanner took for a number, ``NaN`` or a signed ``Inf`` (Go: ParseFloat).

    Args:
        text: an optional minus sign and a literal.
        bits: 64, or 32 for a value rounded once, to a float32.

    Raises:
        NumberError: an octal or binary literal, a hexadecimal one without an exponent, or a value
            too large.
    """
    if text in ("NaN", "+Inf", "-Inf"):
        return canonical_nan(bits) if text == "NaN" else float(text)
    literal = text.replace("_", "").lower()
    prefix = literal.lstrip("-")[:2]
    if prefix in ("0b", "0o") or (prefix == "0x" and "p" not in literal):
        raise NumberError("ParseFloat", text, _SYNTAX)
    value = _hexadecimal_float(literal) if prefix == "0x" else float(literal)
    if bits == 32:
        value = _round_once(literal, value)
    if math.isinf(value):
        raise NumberError("ParseFloat", text, _RANGE)
    return value


def canonical_nan(bits: int) -> float:
    """Return the NaN that is written ``NaN`` (Go: math.NaN, which is not Python's)."""
    from fuzzengine.types.kinds import float32_from_bits, float64_from_bits

    return float64_from_bits(0x7FF8000000000001) if bits == 64 else float32_from_bits(0x7FC00000)


def _hexadecimal_float(literal: str) -> float:
    mantissa, _, exponent = literal.partition("p")
    # Python refuses an exponent too large for a C long; one this large has the same value.
    exponent = exponent if len(exponent) < _FLOAT32_DIGITS else exponent[:1] + "99999999"
    if exponent[:1].isdigit():
        exponent = "+" + exponent
    try:
        return float.fromhex(f"{mantissa}p{exponent}")
    except OverflowError:
        return math.inf


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
    """Return a float32, and for an infinity the number that would come after the largest one."""
    return math.copysign(_FLOAT32_LIMIT, value) if math.isinf(value) else value


def _compare(literal: str, value: float) -> int:
    """Return a positive number, 0 or a negative one: the literal is above, at or below value."""
    if "0x" not in literal:
        from decimal import Decimal

        exact, nearest = Decimal(literal), Decimal(value)
        return (exact > nearest) - (exact < nearest)
    mantissa, _, exponent = literal.replace("0x", "").partition("p")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent) - 4 * len(fraction)
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
    """Return the digits of a float and where its decimal point is, counted from the left."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    significant = digits.lstrip("0")
    point = len(whole) - (len(digits) - len(significant)) + int(exponent or 0)
    return significant.rstrip("0"), point


def _shortest32(value: float) -> tuple[str, int]:
    """Return the same for a float32, trying one more digit until the value comes back."""
    for precision in range(_FLOAT32_DIGITS):
        mantissa, _, exponent = f"{value:.{precision}e}".partition("e")
        nearest = int(mantissa.replace(".", ""))
        scale = int(exponent) - precision
        # At a power of two the gap above is wider: the next number up may do where the nearest,
        # which is below, does not.
        for candidate in (nearest, nearest + 1):
            if _round_once(f"{candidate}e{scale}", float(f"{candidate}e{scale}")) == value:
                digits = str(candidate)
                return digits.rstrip("0"), len(digits) + scale
    raise AssertionError(f"{value!r} is not a float32")
