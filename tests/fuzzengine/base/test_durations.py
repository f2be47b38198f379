from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1ns", 1),
        ("1.5ms", 1_500_000),
        ("2us", 2_000),
        ("2µs", 2_000),
        (".5s", 500_000_000),
        ("1h2m3.5s", 3_723_500_000_000),
        ("-1m", -60_000_000_000),
        ("+3s", 3_000_000_000),
    ],
)
def test_go_durations(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "-", "5", "s", ".s", "1.2.3s", "1x", "1 s", "3000000000h"])
def test_malformed_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (999, "999ns"),
        (1_500, "1.5µs"),
        (63_000_000_000, "1m3s"),
        (3_603_000_000_000, "1h0m3s"),
        (600_000_000_000, "10m0s"),
        (1_000_000_001, "1.000000001s"),
    ],
)
def test_the_form_of_durations(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text


@given(st.integers(-(1 << 62), 1 << 62))
def test_durations_are_read_as_they_were_written(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_duration(text)
