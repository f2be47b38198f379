"""Every expectation here was taken from Go 1.27."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.golang.number import NumberError, format_float, parse_float, parse_int, parse_uint
from fuzzengine.types.kinds import float32_bits, float32_from_bits, float64_bits, float64_from_bits


@given(st.integers(0, 2**32 - 1).map(float32_from_bits).filter(math.isfinite))
def test_a_float32_reads_as_it_is_written(value: float) -> None:
    assert float32_bits(parse_float(format_float(value, 32), 32)) == float32_bits(value)


@given(st.integers(0, 2**64 - 1).map(float64_from_bits).filter(math.isfinite))
def test_a_float64_reads_as_it_is_written(value: float) -> None:
    assert float64_bits(parse_float(format_float(value, 64), 64)) == float64_bits(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_digits_are_those_of_the_shortest_form(value: float) -> None:
    digits = [char for char in format_float(value, 64).partition("e")[0] if char.isdigit()]
    expected = [char for char in repr(value).partition("e")[0] if char.isdigit()]
    assert "".join(digits).strip("0") == "".join(expected).strip("0")


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        # Powers of two where the nearest number of so many digits is not the right one.
        (31 << 23, "1.2621775e-29"),
        (214 << 23, "1.5474251e+26"),
        (217 << 23, "1.2379401e+27"),
        (1, "1e-45"),
        (0x7F7FFFFF, "3.4028235e+38"),
        (0x80000000, "-0"),
        (0x49742400, "1e+06"),
        (0x497423F0, "999999"),
        (0x38D1B717, "0.0001"),
        (0x3727C5AC, "1e-05"),
        (0x7F800000, "+Inf"),
        (0xFF800000, "-Inf"),
    ],
)
def test_float32_is_written(bits: int, text: str) -> None:
    assert format_float(float32_from_bits(bits), 32) == text


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        # Half-way between two float32, and a little to either side.
        ("1.000000059604644775390625", 0x3F800000),
        ("1.00000005960464477539062500000000001", 0x3F800001),
        ("1.00000005960464477539062499999999999", 0x3F800000),
        ("0x1000001p-24", 0x3F800000),
        ("0x1000001000000000000000001p-96", 0x3F800001),
        ("-1.00000005960464477539062500000000001", 0xBF800001),
        ("340282356779733661637539395458142568447.9", 0x7F7FFFFF),
        ("627324.6562500001", 0x491927CB),
        ("0777", 0x44424000),
        ("1_0.5", 0x41280000),
        ("1e-9999999999", 0),
        ("0x1p-99999999999999", 0),
        ("NaN", 0x7FC00000),
        ("-Inf", 0xFF800000),
    ],
)
def test_float32_is_rounded_once(text: str, bits: int) -> None:
    assert float32_bits(parse_float(text, 32)) == bits


@pytest.mark.parametrize(
    ("text", "bits", "reason"),
    [
        ("340282356779733661637539395458142568448", 32, "value out of range"),
        ("1e400", 64, "value out of range"),
        ("0x1p99999999999999", 64, "value out of range"),
        ("0x10", 64, "invalid syntax"),
        ("0b1", 64, "invalid syntax"),
        ("-0o7", 64, "invalid syntax"),
    ],
)
def test_floats_go_refuses(text: str, bits: int, reason: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_float(text, bits)
    assert str(caught.value) == f'strconv.ParseFloat: parsing "{text}": {reason}'


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_read_in_every_base(value: int) -> None:
    sign = "-" if value < 0 else ""
    for form in ("d", "#x", "#o", "#b", "#X"):
        assert parse_int(sign + format(abs(value), form), 64) == value
    assert parse_int(f"{sign}0{abs(value):o}", 64) == value
    assert parse_int(f"{value:_}", 64) == value


@pytest.mark.parametrize(
    ("text", "bits", "reason"),
    [
        ("256", 8, "value out of range"),
        ("-1", 8, "invalid syntax"),
        ("1.5", 64, "invalid syntax"),
        ("0.5", 64, "invalid syntax"),
        ("1e5", 64, "invalid syntax"),
        ("99999999999999999999999e5", 64, "value out of range"),
        ("9" * 5000, 64, "value out of range"),
        ("NaN", 64, "invalid syntax"),
        ("+Inf", 64, "invalid syntax"),
        ("0x1p-2", 64, "invalid syntax"),
    ],
)
def test_integers_go_refuses(text: str, bits: int, reason: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_uint(text, bits)
    assert str(caught.value) == f'strconv.ParseUint: parsing "{text}": {reason}'


def test_the_ends_of_a_signed_range() -> None:
    assert parse_int("-128", 8) == -128
    assert parse_int("127", 8) == 127
    for text in ("-129", "128", "-99999999999999999999"):
        with pytest.raises(NumberError, match=r"ParseInt: .* value out of range"):
            parse_int(text, 8)
