"""Selects some of the found scripts: by keyword expression, by past outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.suite.history import PastResult
    from scriptest.suite.suite import Selected


def matching(scripts: Sequence[Selected], expression: str) -> list[Selected]:
    """Return the scripts whose names and tags match an expression.

    Raises:
        KeywordError: the expression is invalid.
    """
    from scriptest.suite import keywords

    matches = keywords.parse(expression)
    return [script for script in scripts if matches(script.name, script.header.tags)]


def failed(scripts: Sequence[Selected], past: Mapping[str, PastResult]) -> list[Selected]:
    """Return the scripts that failed last time; all of them if none did."""
    found = [script for script in scripts if script.key in past and past[script.key].failed]
    return found or list(scripts)


def repeated(scripts: Sequence[Selected], times: int) -> list[Selected]:
    """Return every script several times, with distinct names: `x.txt#1`, `x.txt#2`."""
    if times == 1:
        return list(scripts)
    return [script._replace(number=number) for number in range(1, times + 1) for script in scripts]
