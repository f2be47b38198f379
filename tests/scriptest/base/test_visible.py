"""Tests of escaping control characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.visible import visible
from tests import hostile

PLAIN = "na\u00efve \u65e5\u672c \U0001f469\u200d\U0001f4bb"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(hostile.CHARACTERS)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x7f\x80\x9b", r"\x7f\x80\x9b"),
        ("a\u202eb\u2066\u2028", r"a\u202eb\u2066\u2028"),
        ("\udc80\udcff\ud800", r"\x80\xff\ud800"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        (
            "na\u00efve \u65e5\u672c \U0001f469\u200d\U0001f4bb",
            "na\u00efve \u65e5\u672c \U0001f469\u200d\U0001f4bb",
        ),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("char", hostile.CHARACTERS)
def test_every_hostile_character_is_escaped(char: str) -> None:
    assert re.fullmatch(r"a\\(x[0-9a-f]{2}|u[0-9a-f]{4})b", visible(f"a{char}b"))


@given(TEXTS)
def test_nothing_acts_on_a_terminal_and_escaping_twice_changes_nothing(text: str) -> None:
    shown = visible(text)
    assert not hostile.acting(shown)
    assert visible(shown) == shown
    shown.encode("utf-8")


@given(TEXTS)
def test_only_colours_are_kept(text: str) -> None:
    shown = visible(f"{text}\x1b[2J\x1b[1;31mred\x9b", colour=True)
    assert "\x1b[1;31mred" in shown
    assert shown.endswith("\x1b[m")
    assert not hostile.acting(re.sub(r"\x1b\[[0-9;]*m", "", shown))


def test_colours_end_with_the_text() -> None:
    assert visible("\x1b[31mred", colour=True) == "\x1b[31mred\x1b[m"
    assert visible("plain", colour=True) == "plain"
    assert visible("\x1b[31mred\r\n") == "\\x1b[31mred\n"
