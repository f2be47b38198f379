"""Selects some of the found scripts: by keyword expression, by past outcome, by shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scriptest.base import numbers

if TYPE_CHECKING:
    from scriptest.suite.history import PastResult
    from scriptest.suite.suite import Selected


def parse_shard(text: str) -> tuple[int, int]:
    """Parse `2/5`, the second of five equal parts, into the two numbers.

    Raises:
        ValueError: the text is invalid or the part is out of range.
    """
    first, slash, second = text.partition("/")
    part, parts = numbers.read(first) or 0, numbers.read(second) or 0
    if slash and 1 <= part <= parts:
        return part, parts
    raise ValueError(f"--shard {text}: write PART/PARTS, such as 2/5")


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


def shard(scripts: Sequence[Selected], part: int, parts: int) -> list[Selected]:
    """Return one of several parts of the scripts; their sizes differ by at most one."""
    return list(scripts[part - 1 :: parts])


def repeated(scripts: Sequence[Selected], times: int) -> list[Selected]:
    """Return every script several times, with distinct names: `x.txt#1`, `x.txt#2`."""
    if times == 1:
        return list(scripts)
    return [script._replace(number=number) for number in range(1, times + 1) for script in scripts]
