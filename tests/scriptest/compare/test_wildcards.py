"""Tests of golden files with wildcards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.regexp import PatternError
from scriptest.compare.wildcards import ANY_LINES, ANY_TEXT, Wildcards

WILD = Wildcards({"time": r"\d+ms", "x": "a|b"})

lines = st.text(alphabet="ab<>[.]x\udcff", max_size=4)
golden_lines = st.one_of(
    lines,
    st.just(ANY_LINES),
    st.lists(lines | st.sampled_from([ANY_TEXT, "<x>"]), max_size=3).map("".join),
)
texts = st.lists(lines, max_size=6).map("\n".join)
goldens = st.lists(golden_lines, max_size=6).map("\n".join)


def slow_match(want: list[str], got: list[str]) -> bool:
    """Return the same as `match` by exhaustive search."""
    if not want:
        return not got
    if want[0] == ANY_LINES:
        return any(slow_match(want[1:], got[start:]) for start in range(len(got) + 1))
    return bool(got) and WILD.match_line(want[0], got[0]) and slow_match(want[1:], got[1:])


@given(goldens, texts)
def test_match(want: str, got: str) -> None:
    assert WILD.match(want, got) == slow_match(want.split("\n"), got.split("\n"))


@given(texts)
def test_every_text_matches_itself(text: str) -> None:
    assert WILD.match(text, text)
    assert WILD.updated(text, text) == text


@given(goldens, texts)
def test_an_update_matches_and_is_idempotent(want: str, got: str) -> None:
    new = WILD.updated(want, got)
    assert WILD.match(new, got)
    assert WILD.updated(new, got) == new
    if WILD.match(want, got):
        assert new == want


@given(goldens, texts)
def test_the_resolved_text_is_equal_only_for_a_match(want: str, got: str) -> None:
    assert (WILD.resolved(want, got) == got) == WILD.match(want, got)


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ("took [..]s", "took 3.5s", True),
        ("took [..]s", "took s", True),
        ("took [..]s", "took 3.5s!", False),
        ("a\n...\nz\n", "a\nz\n", True),
        ("a\n...\nz\n", "a\nb\nc\nz\n", True),
        ("a\n...\nz\n", "a\nb\nc\n", False),
        ("...\n", "", True),
        ("...\n", "no line end", False),
        ("a...", "ab", False),
        ("in <time>", "in 12ms", True),
        ("in <time>", "in 12s", False),
        ("in <time>", "in <time>", True),
        ("in <other>", "in 12ms", False),
        ("<x>", "ab", False),
        ("[..]", "a\udcffb", True),
    ],
)
def test_examples(want: str, got: str, same: bool) -> None:
    assert WILD.match(want, got) == same


@pytest.mark.parametrize(
    ("want", "got", "new"),
    [
        ("took [..]s to make foo", "took 3s to make bar", "took [..]s to make bar"),
        ("a\n...\nz\n", "a\nb\nc\ny\n", "a\n...\ny\n"),
        ("a\n...\nz\n", "A\nb\nc\nz\n", "A\n...\nz\n"),
        ("id <time>\nname x\n", "id 3ms\nname y\nmore\n", "id <time>\nname y\nmore\n"),
        ("one <time>\n", "two 5ms\n", "two <time>\n"),
        ("in <time> ok\n", "after 5ms, 2 left\n", "after <time>, 2 left\n"),
        ("gone\nkept [..]\n", "kept it\n", "kept [..]\n"),
    ],
)
def test_updates_keep_wildcards(want: str, got: str, new: str) -> None:
    assert WILD.updated(want, got) == new


def test_an_invalid_redaction_is_an_error() -> None:
    with pytest.raises(PatternError, match=r"redaction <x>: .*missing \)"):
        Wildcards({"x": "("})


def test_large_contents_are_compared() -> None:
    many = "\n".join(map(str, range(5000)))
    assert WILD.match("0\n...\n4999", many)
    assert not WILD.match(f"{many}\nx[..]", many)
    assert WILD.match(WILD.updated("x\n...\ny", many), many)
