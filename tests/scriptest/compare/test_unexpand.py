"""Tests of putting variables back into expanded texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.compare.unexpand import unexpand
from scriptest.language.expand import expand, variables

VALUES = {"WORK": "/tmp/x1", "NAME": "world", "N": "1", "EMPTY": "", "DOLLAR": "$NAME", "1": "a"}


def lookup(name: str) -> str:
    return VALUES.get(name, "")


@pytest.mark.parametrize(
    ("template", "text", "result"),
    [
        ("hello $NAME\nbye\n", "hello world\nciao\n", "hello $NAME\nciao\n"),
        ("hello $NAME\n", "good day world!\n", "good day $NAME!\n"),
        ("hello ${NAME}\n", "worldly, world_x and world\n", "worldly, world_x and $NAME\n"),
        ("x\n", "in /tmp/x1/a: $5\n", "in $WORK/a: $$5\n"),
        ("x\n", "in /tmp/x12/a, /tmp/x1_\n", "in /tmp/x12/a, /tmp/x1_\n"),
        ("v$N\n", "v1\nv1 of 11, 1\n", "v$N\nv1 of 11, $WORK\n".replace("$WORK", "1")),
        ("a $N\n", "b 1, 11\n", "b $N, 11\n"),
        ("", "world\n", "world\n"),
        ("${NAME\n", "NAME\n", "${NAME\n"),
        ("${NAME\n", "NAMES\n", "NAMES\n"),
        ("${a\nb}c\n", "d\n", "d\n"),
        ("$NAME", "no newline world", "no newline $NAME"),
        ("$$x\n", "$$y\n", "$$$$y\n"),
    ],
)
def test_variables_are_restored(template: str, text: str, result: str) -> None:
    assert unexpand(template, text, lookup) == result
    assert expand(result, lookup) == text


PIECES = st.sampled_from(
    ["$NAME", "${NAME}", "$WORK", "world", "/tmp/x1", "$", "$$", "{", "}", "\n", "_", "1", "a", " "]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)


@given(TEXTS, TEXTS)
def test_the_result_expands_to_the_text_and_is_stable(template: str, text: str) -> None:
    result = unexpand(template, text, lookup)
    assert expand(result, lookup) == text
    assert unexpand(result, text, lookup) == result


@given(TEXTS)
def test_an_equal_text_keeps_the_template(template: str) -> None:
    assert unexpand(template, expand(template, lookup), lookup) == template


@given(TEXTS)
def test_variables_yields_the_names_that_expand_looks_up(text: str) -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return ""

    expand(text, ask)
    assert [name.removesuffix("@R") for name in variables(text)] == asked
