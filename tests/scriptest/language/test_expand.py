from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.regexp import quote
from scriptest.language.expand import expand, expand_word
from scriptest.language.parser import Word, parse

VALUES = {"A": "x.y", "a b": "braced", "/": "/", "1": "one", "*": "star", "A_1": "long"}


def lookup(name: str) -> str:
    return VALUES.get(name, "")


def word(text: str) -> Word:
    return next(parse(f"c {text}", "f").lines()).words[1]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$A", "x.y"),
        ("${A}", "x.y"),
        ("a${a b}c", "abracedc"),
        ("$A_1$A-", "longx.y-"),
        ("$unset.", "."),
        ("$12", "one2"),
        ("$*$#", "star"),
        ("$$", "$"),
        ("$$A", "$A"),
        ("${$}", "$"),
        ("${}x", "x"),
        ("${Ax", "Ax"),
        ("x${", "x"),
        ("$/", "$/"),
        ("${/}", "/"),
        ("^a$", "^a$"),
        ("$. $", "$. $"),
        ("${A@R}", r"x\.y"),
        ("$A@R", "x.y@R"),
        ("$\u00e9", "$\u00e9"),
    ],
)
def test_expand(text: str, expanded: str) -> None:
    assert expand(text, lookup) == expanded


@pytest.mark.parametrize(
    ("text", "pattern", "auto_quote", "expanded"),
    [
        ("$A", False, False, "x.y"),
        ("$A", True, False, "x.y"),
        ("$A", False, True, "x.y"),
        ("^$A$", True, True, r"^x\.y$"),
        ("${A@R}", True, True, r"x\.y"),
        ("${A@R}", False, False, r"x\.y"),
        ("'$A'$A'.'", True, True, r"$Ax\.y."),
        ("'$A'", False, False, "$A"),
        ("$$", True, True, r"\$"),
        ("$$", True, False, "$"),
        ("plain", True, True, "plain"),
    ],
)
def test_expand_word(text: str, pattern: bool, auto_quote: bool, expanded: str) -> None:
    got = expand_word(
        word(text), lookup, quote_pattern=quote, pattern=pattern, auto_quote=auto_quote
    )
    assert got == expanded


def reference(text: str) -> str:
    """Expand by one regular expression that has the same rules."""

    def value(match: re.Match[str]) -> str:
        braced, name = match[1], match[2]
        if match[0] in ("${}", "${"):
            return ""
        key = braced if braced is not None else name
        if key == "$":
            return "$"
        return quote(lookup(key[:-2])) if key.endswith("@R") else lookup(key)

    return re.sub(
        r"\$(?:\{([^}]*)\}|\{|([*#$@!?\-0-9]|[A-Za-z0-9_]+))", value, text, flags=re.DOTALL
    )


@given(st.text("$${}A1_ab /@R*.\u00e9\n"))
def test_expand_agrees_with_the_reference(text: str) -> None:
    assert expand(text, lookup) == reference(text)


@given(st.text())
def test_values_are_not_expanded_again(text: str) -> None:
    assert expand("<${x}>", lambda _: text) == f"<{text}>"
