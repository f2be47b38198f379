"""Chooses some of the scripts that were found: by words, by outcome, by share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scriptest import keywords, wholenumber

if TYPE_CHECKING:
    from scriptest.history import Past
    from scriptest.suite import Selected


class Shard(NamedTuple):
    """One of several equal parts of a run."""

    number: int = 1
    """1-based."""
    of: int = 1


def parse_shard(text: str) -> Shard:
    """Read `2/5`.

    Raises:
        ValueError: it is no such text, or there is no such part.
    """
    number, slash, total = text.partition("/")
    shard = Shard(wholenumber.read(number) or 0, wholenumber.read(total) or 0)
    if slash and 1 <= shard.number <= shard.of:
        return shard
    raise ValueError(f"--shard {text}: write which part of how many, as 2/5")


def matching(scripts: Sequence[Selected], expression: str) -> list[Selected]:
    """Return the scripts for whose name and tags an expression holds.

    Raises:
        KeywordError: the expression is wrong.
    """
    holds = keywords.parse(expression)
    return [script for script in scripts if holds(script.name, script.header.tags)]


def failed(scripts: Sequence[Selected], known: Mapping[str, Past]) -> list[Selected]:
    """Return the scripts that failed last time; all of them if none did."""
    found = [script for script in scripts if script.key in known and known[script.key].failed]
    return found or list(scripts)


def share(scripts: Sequence[Selected], shard: Shard) -> list[Selected]:
    """Return one part of the scripts; the parts differ in size by one at most."""
    return list(scripts[shard.number - 1 :: shard.of])


def repeated(scripts: Sequence[Selected], times: int) -> list[Selected]:
    """Return every script several times, each with a name of its own: `x.txt#1`, `x.txt#2`."""
    if times == 1:
        return list(scripts)
    return [
        script._replace(name=f"{script.name}#{number}", number=number)
        for number in range(1, times + 1)
        for script in scripts
    ]
