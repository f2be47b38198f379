from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.duration import (
    DurationError,
    format_duration,
    format_rounded,
    format_seconds,
    parse,
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
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("5", 'time: missing unit in duration "5"'),
        ("1s5", 'time: missing unit in duration "1s5"'),
        ("5d", 'time: unknown unit "d" in duration "5d"'),
        ("1 s", 'time: unknown unit " s" in duration "1 s"'),
        ("1s 2s", 'time: unknown unit "s " in duration "1s 2s"'),
        ("s", 'time: invalid duration "s"'),
        (".s", 'time: invalid duration ".s"'),
        ("1..5s", 'time: missing unit in duration "1..5s"'),
        ("--1s", 'time: invalid duration "--1s"'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
        ("99999999h", 'time: invalid duration "99999999h"'),
        ("\u0661s", 'time: invalid duration "\u0661s"'),
    ],
)
def test_parse_refuses_with_the_words_of_go(text: str, message: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse(text)
    assert str(caught.value) == message


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
    ("seconds", "text"),
    [(0.4, "0s"), (0.5, "1s"), (2.5, "3s"), (62.9, "1m3s"), (-1.5, "-2s"), (3600, "1h0m0s")],
)
def test_format_rounded(seconds: float, text: str) -> None:
    assert format_rounded(seconds) == text


def test_format_seconds() -> None:
    assert format_seconds(0.0071) == "0.007s"
    assert format_seconds(61) == "61.000s"


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_reads_back(nanoseconds: int) -> None:
    seconds = nanoseconds / 1e9
    assert parse(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)


@given(st.text("0123456789.-+smhunµ \u00e9"))
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    for bare in (False, True):
        with contextlib.suppress(DurationError):
            assert isinstance(parse(text, bare_seconds=bare), float)
