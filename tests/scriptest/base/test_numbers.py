"""Whole numbers: the digits 0 to 9, not too many of them, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import numbers as wholenumber


@given(st.integers(0, 10**18 - 1))
def test_numbers_are_read(number: int) -> None:
    assert wholenumber.read(str(number)) == number


@given(st.text())
def test_nothing_else_is_a_number(text: str) -> None:
    number = wholenumber.read(text)
    assert number is None or str(number) == (text.lstrip("0") or "0")


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "\u0663", "\u00b2", "9" * 5000])
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert wholenumber.read(text) is None
