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
        ("a", None),
        ("", None),
        ("caat", "cat"),
        ("xyz", None),
        ("cmq", "cmp"),
        ("act", "cat"),
    ],
)
def test_nearest(word: str, name: str | None) -> None:
    assert nearest(word, COMMANDS) == name


def test_order_of_candidates_does_not_matter() -> None:
    assert nearest("cxt", ["cut", "cat", "cot"]) == nearest("cxt", ["cot", "cat", "cut"])


@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=4, max_size=8, unique=True), st.data())
def test_one_mistake_is_found(letters: list[str], data: st.DataObject) -> None:
    word = "".join(letters)
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for typed in (word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], swapped):
        assert nearest(typed, ["zzzz", word]) == word
