"""Describing exceptions of the code under test, whatever their methods do."""

from __future__ import annotations

import pytest

from fuzzengine.base.bounded import TEXT_LIMIT
from fuzzengine.base.describe import describe_exception, describe_values
from fuzzengine.base.failure import failure_of
from tests.fuzzengine.base.hostile import LARGE, MAKERS, ODD, UNPRINTABLE, fail


def caught(name: str) -> BaseException:
    try:
        fail(name)
    except BaseException as error:
        return error


@pytest.mark.parametrize("name", [*UNPRINTABLE, *LARGE, *ODD])
def test_every_exception_has_a_bounded_description(name: str) -> None:
    error = caught(name)
    where, *texts = describe_exception(error)
    text = "\n".join(texts)
    assert where.startswith(("hostile.py:", "???:"))
    assert len(text) < 2 * TEXT_LIMIT + 500
    assert text.count("\n") < 5000
    assert failure_of(error).kind


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_a_text_that_cannot_be_made_is_replaced(name: str) -> None:
    assert "whose text cannot be shown: " in describe_exception(caught(name))[1]
    assert " whose text cannot be shown: " in describe_values(("a", MAKERS[name](), "b"))


def test_texts_of_subclasses_are_shown_as_they_are() -> None:
    assert describe_exception(caught("Subclass"))[1].endswith("Subclass: a text")


def test_values_are_shortened_as_a_whole() -> None:
    text = describe_values(("x" * TEXT_LIMIT, "y" * TEXT_LIMIT))
    assert text.startswith("xxx")
    assert text.endswith("yyy")
    assert f"\n... {TEXT_LIMIT + 1:,} characters left out ...\n" in text


def test_a_long_chain_of_causes_is_bounded() -> None:
    error = ValueError("first")
    for _ in range(5000):
        later = ValueError("next")
        later.__cause__ = error
        error = later
    assert len(failure_of(error).causes) == 100
    assert sum(map(len, describe_exception(error))) < 2 * TEXT_LIMIT + 500
