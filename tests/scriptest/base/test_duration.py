from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.duration import (
    SECOND,
    DurationError,
    format_coarse,
    format_duration,
    format_nanoseconds,
    format_rounded,
    format_seconds,
    parse,
    parse_nanoseconds,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("-0", 0),
        ("1s", 1),
        ("+1s", 1),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("-10ms", -0.01),
        (".5s", 0.5),
        ("1.s", 1),
        ("1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("1\u03bcs", 1e-6),
        ("5ns", 5e-9),
        ("1s1s", 2),
        ("2562047h47m16.854775807s", 9223372036.854775807),
        ("-9223372036854775808ns", -9223372036.854775808),
        ("0" * 5000 + "1s", 1),
        ("0." + "5" * 5000 + "s", 0.555555555),
    ],
)
def test_parse(text: str, seconds: float) -> None:
    assert parse(text) == pytest.approx(seconds, abs=1e-10)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "5", "1s5", "5d", "1 s", "1s 2s", "s", ".s", "1..5s", "1.2.3s", "--1s"),
        *("9223372036854775808ns", "99999999h", "3000000000h", "\u0661s"),
    ],
)
def test_malformed_and_huge_durations_are_refused(text: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse(text)
    assert str(caught.value) == f'"{text}" is not a duration; write it like 1m30s, 1.5s or 100ms'


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1ns", 1),
        ("1.5ms", 1_500_000),
        ("2us", 2_000),
        ("2\u00b5s", 2_000),
        (".5s", 500_000_000),
        ("1h2m3.5s", 3_723_500_000_000),
        ("-1m", -60_000_000_000),
        ("+3s", 3_000_000_000),
        ("9223372036854775807ns", (1 << 63) - 1),
        ("-9223372036854775808ns", -(1 << 63)),
    ],
)
def test_nanoseconds_are_exact(text: str, nanoseconds: int) -> None:
    assert parse_nanoseconds(text) == nanoseconds


@pytest.mark.parametrize(("text", "seconds"), [("1", 1), ("0.25", 0.25), ("-2", -2), ("1m", 60)])
def test_bare_numbers_on_request(text: str, seconds: float) -> None:
    assert parse(text, bare_seconds=True) == seconds


@pytest.mark.parametrize("text", ["1m5", "", "x", "."])
def test_bare_number_must_be_all_there_is(text: str) -> None:
    with pytest.raises(DurationError):
        parse(text, bare_seconds=True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (1e-9, "1ns"),
        (1.5e-6, "1.5\u00b5s"),
        (0.1, "100ms"),
        (0.0015, "1.5ms"),
        (1, "1s"),
        (1.05, "1.05s"),
        (63, "1m3s"),
        (60, "1m0s"),
        (3605.5, "1h0m5.5s"),
        (-90, "-1m30s"),
    ],
)
def test_format_duration(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (999, "999ns"),
        (1_500, "1.5\u00b5s"),
        (63_000_000_000, "1m3s"),
        (3_603_000_000_000, "1h0m3s"),
        (600_000_000_000, "10m0s"),
        (1_000_000_001, "1.000000001s"),
    ],
)
def test_format_nanoseconds(nanoseconds: int, text: str) -> None:
    assert format_nanoseconds(nanoseconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (0.5, "1s"), (2.5, "3s"), (62.9, "1m3s"), (3600, "1h0m0s")],
)
def test_format_rounded(seconds: float, text: str) -> None:
    assert format_rounded(int(seconds * SECOND)) == text


def test_format_seconds() -> None:
    assert format_seconds(0.0071) == "0.007s"
    assert format_seconds(61) == "61.000s"


@given(st.integers(-(10**15), 10**15))
def test_seconds_are_read_as_they_were_written(nanoseconds: int) -> None:
    seconds = nanoseconds / 1e9
    assert parse(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)


@given(st.integers(-(1 << 62), 1 << 62))
def test_nanoseconds_are_read_as_they_were_written(nanoseconds: int) -> None:
    assert parse_nanoseconds(format_nanoseconds(nanoseconds)) == nanoseconds


@given(st.text("0123456789.-+smhunµ \u00e9") | st.text())
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    for bare in (False, True):
        with contextlib.suppress(DurationError):
            assert isinstance(parse(text, bare_seconds=bare), float)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0s"), (59.9, "59s"), (125, "2m05s"), (4200, "1h10m")]
)
def test_times_are_rounded(seconds: float, text: str) -> None:
    assert format_coarse(seconds) == text
