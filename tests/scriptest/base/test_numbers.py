"""Whole numbers: the digits 0 to 9, not too many of them, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import numbers


@given(st.integers(0, 10**18 - 1))
def test_numbers_are_read(number: int) -> None:
    assert numbers.read(str(number)) == number


@given(st.text())
def test_nothing_else_is_a_number(text: str) -> None:
    number = numbers.read(text)
    assert number is None or str(number) == (text.lstrip("0") or "0")


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "\u0663", "\u00b2", "9" * 5000])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert numbers.read(text) is None


@pytest.mark.parametrize(
    ("count", "form", "text"),
    [
        (0, "", "0 scripts"),
        (1, "", "1 script"),
        (2000, "", "2000 scripts"),
        (2000, ",", "2,000 scripts"),
    ],
)
def test_counts_with_their_noun(count: int, form: str, text: str) -> None:
    assert numbers.counted(count, "script", form) == text
