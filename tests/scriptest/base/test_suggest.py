from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.suggest import nearest

COMMANDS = [
    "cat",
    "cd",
    "chmod",
    "cmp",
    "cmpenv",
    "cp",
    "exec",
    "exists",
    "grep",
    "stderr",
    "stdout",
]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("exce", "exec"),
        ("exect", "exec"),
        ("xec", "exec"),
        ("EXEC", "exec"),
        ("stdot", "stdout"),
        ("stduot", "stdout"),
        ("stdin", None),
        ("gerp", "grep"),
        ("cmpevn", "cmpenv"),
        ("cp", "cp"),
        ("c", None),
        ("", None),
        ("caat", "cat"),
        ("xyz", None),
        ("cmd", "cmp"),
        ("act", "cat"),
    ],
)
def test_nearest(word: str, name: str | None) -> None:
    assert nearest(word, COMMANDS) == name


def test_order_of_candidates_does_not_matter() -> None:
    assert nearest("cxt", ["cut", "cat", "cot"]) == "cat"
    assert nearest("cxt", ["cot", "cat", "cut"]) == "cat"


@given(st.text(min_size=4, max_size=8), st.data())
def test_one_mistake_is_found(word: str, data: st.DataObject) -> None:
    lower = word.lower()
    at = data.draw(st.integers(0, len(lower) - 2))
    swapped = lower[:at] + lower[at + 1] + lower[at] + lower[at + 2 :]
    for typed in (lower[:at] + lower[at + 1 :], lower[:at] + "x" + lower[at:], swapped):
        assert nearest(typed, [lower]) == lower
