"""Chooses some of the scripts that were found: by words, by outcome, by share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scriptest.base import numbers

if TYPE_CHECKING:
    from scriptest.suite.history import Past
    from scriptest.suite.suite import Selected


def parse_shard(text: str) -> tuple[int, int]:
    """Read `2/5`: the second of five equal parts.

    Raises:
        ValueError: it is no such text, or there is no such part.
    """
    first, slash, second = text.partition("/")
    part, parts = numbers.read(first) or 0, numbers.read(second) or 0
    if slash and 1 <= part <= parts:
        return part, parts
    raise ValueError(f"--shard {text}: write which part of how many, as 2/5")


def matching(scripts: Sequence[Selected], expression: str) -> list[Selected]:
    """Return the scripts for whose name and tags an expression holds.

    Raises:
        KeywordError: the expression is wrong.
    """
    from scriptest.suite import keywords

    holds = keywords.parse(expression)
    return [script for script in scripts if holds(script.name, script.header.tags)]


def failed(scripts: Sequence[Selected], known: Mapping[str, Past]) -> list[Selected]:
    """Return the scripts that failed last time; all of them if none did."""
    found = [script for script in scripts if script.key in known and known[script.key].failed]
    return found or list(scripts)


def share(scripts: Sequence[Selected], part: int, parts: int) -> list[Selected]:
    """Return one of several parts of the scripts; they differ in size by one at most."""
    return list(scripts[part - 1 :: parts])


def repeated(scripts: Sequence[Selected], times: int) -> list[Selected]:
    """Return every script several times, each with a name of its own: `x.txt#1`, `x.txt#2`."""
    if times == 1:
        return list(scripts)
    return [script._replace(number=number) for number in range(1, times + 1) for script in scripts]
