"""Every expectation here was taken from Go 1.27."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.golang.number import NumberError, format_float, parse_float, parse_int
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
        ("0x1p00000000000000000001", 0x40000000),
        ("0X_1.8P1_0", 0x44C00000),
        ("NaN", 0x7FC00000),
        ("-Inf", 0xFF800000),
    ],
)
def test_float32_is_rounded_once(text: str, bits: int) -> None:
    assert float32_bits(parse_float(text, 32)) == bits


@pytest.mark.parametrize(
    ("text", "bits", "reason"),
    [
        ("340282356779733661637539395458142568448", 32, "out of the range of float32"),
        ("1e400", 64, "out of the range of float64"),
        ("0x1p99999999999999", 64, "out of the range of float64"),
        *((text, 64, "not a float") for text in ["0x10", "0b1", "-0o7", "09", "0_", "1__0"]),
        *((text, 64, "not a float") for text in ["1_.5", "1._5", "1e_5", "1e", "0x1_p1", "0x.p1"]),
        *((text, 64, "not a float") for text in ["inf", "Inf", "-NaN", "+1", " 1", "1 ", "", "-"]),
        *(
            (text, 64, "not a float")
            for text in ["0x1p\u0661", "\u0661", "infinity", "--1", "0x1p"]
        ),
    ],
)
def test_floats_that_are_refused(text: str, bits: int, reason: str) -> None:
    with pytest.raises(NumberError, match=reason):
        parse_float(text, bits)


@given(st.integers(-(2**70), 2**70))
def test_integers_read_in_every_base(value: int) -> None:
    sign = "-" if value < 0 else ""
    for form in ("d", "#x", "#o", "#b", "#X"):
        assert parse_int(sign + format(abs(value), form)) == value
    assert parse_int(f"{sign}0{abs(value):o}") == value
    assert parse_int(f"{value:_}") == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1.5",
            "1e5",
            "0x1p-2",
            "NaN",
            "+Inf",
            "09",
            "0_8",
            "1_",
            "_1",
            "1__0",
            "0x",
            "0b2",
            "0o8",
        ),
        *("", "-", "--1", "+1", " 1", "1 ", "\u0661", "0x1_", "true", "0xg", "1i"),
    ],
)
def test_integers_that_are_refused(text: str) -> None:
    with pytest.raises(NumberError, match="not an integer"):
        parse_int(text)


def test_an_integer_of_thousands_of_digits() -> None:
    with pytest.raises(NumberError, match="too long for an integer"):
        parse_int("9" * 5000)
    assert parse_int("0x" + "f" * 5000) == (1 << 20000) - 1
    assert parse_int("0" * 5000 + "7") == 7
