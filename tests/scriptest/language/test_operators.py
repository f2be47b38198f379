"""Tests of finding shell operators among words."""

from __future__ import annotations

import pytest

from scriptest.language.lexer import split
from scriptest.language.operators import find_operator


def found(text: str, *, patterns: bool = False) -> tuple[int, str] | None:
    operator = find_operator(split(text), patterns=patterns)
    return operator and (operator[0], operator[1].split("`")[1])


@pytest.mark.parametrize(
    ("text", "column", "operator"),
    [
        ("a b \\", 5, "\\"),
        ("a && b", 3, "&&"),
        ("a &&b", 3, "&&"),
        ("a b&& c", 4, "&&"),
        ("a ||b", 3, "||"),
        ("a b|| c", 4, "||"),
        ("a |b", 3, "|"),
        ("a b| c", 4, "|"),
        ("a ;b", 3, ";"),
        ("a || b", 3, "||"),
        ("a | b", 3, "|"),
        ("a |& b", 3, "|&"),
        ("a & b", 3, "&"),
        ("a ; b", 3, ";"),
        ("a; b", 2, ";"),
        ("a b; c", 4, ";"),
        ("a ;", 3, ";"),
        ("a &&", 3, "&&"),
        ("a > f", 3, ">"),
        ("a >f", 3, ">"),
        ("a >> f", 3, ">>"),
        ("a >>f", 3, ">>"),
        ("a < f", 3, "<"),
        ("a <f", 3, "<"),
        ("a <<EOF", 3, "<<"),
        ("a <<<text", 3, "<<<"),
        ("a 2> f", 3, "2>"),
        ("a 2>/dev/null", 3, "2>"),
        ("a 2>>log", 3, "2>>"),
        ("a 2>&1", 3, "2>&1"),
        ("a &>f", 3, "&>"),
        ("a 1>f", 3, "1>"),
        ("a >&2", 3, ">"),
    ],
)
def test_operators(text: str, column: int, operator: str) -> None:
    assert found(text) == (column, operator)


@pytest.mark.parametrize(
    "text",
    [
        "a '&&' '|' '>' 2'>'1 ''; b",
        "a b|c d&&e f>g h;i",
        "a b;",
        "a <name> <b>x</b> <=1 >=2 ->",
        "a 2 12 1.5 &x",
        "a >>>",
    ],
)
def test_other_words(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    "text", ["stdout >5", "stdout <div", "grep 2>x", "stdout |b", "grep a| file"]
)
def test_patterns_may_look_like_an_operator(text: str) -> None:
    assert found(text, patterns=True) is None
    assert found(text) is not None
