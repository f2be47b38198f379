"""Divides scripts among the machines that run them."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from heapq import heapreplace
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base import numbers

if TYPE_CHECKING:
    from scriptest.suite.suite import Selected

_MICROSECOND = 1_000_000

_UNEVEN = 1.01
"""The fullest part relative to the average from which on scripts are exchanged."""


class Shard(NamedTuple):
    """One of several parts of the scripts, as a report names it."""

    part: int
    """1-based."""
    parts: int
    scripts: int
    """How many scripts are to run, each repetition counted."""
    digest: str
    """Equal if all scripts were divided in the same way."""

    @property
    def name(self) -> str:
        """The part as the option names it: `2/5`."""
        return f"{self.part}/{self.parts}"


def parse_shard(text: str) -> tuple[int, int]:
    """Parse `2/5`, the second of five parts, into the two numbers.

    Raises:
        ValueError: the text is invalid or the part is out of range.
    """
    first, slash, second = text.partition("/")
    part, parts = numbers.read(first) or 0, numbers.read(second) or 0
    if slash and 1 <= part <= parts:
        return part, parts
    raise ValueError(f"--shard {text}: write PART/PARTS, such as 2/5")


def by_count(scripts: Sequence["Selected"], parts: int) -> list[list["Selected"]]:
    """Divide scripts into parts whose sizes differ by at most one."""
    return [list(scripts[part::parts]) for part in range(parts)]


def by_time(
    scripts: Sequence["Selected"], parts: int, times: Mapping[str, float]
) -> list[list["Selected"]]:
    """Divide scripts into parts that take about equally long.

    The result depends only on the names and the times, so that machines agree without talking to
    each other. A script without a time counts as the average of the others; these come last, in
    the order of their names.

    Args:
        scripts: in any order; each part keeps it.
        parts: how many parts.
        times: seconds by portable names.
    """
    names = [portable_name(script) for script in scripts]
    known = {name: round(times[name] * _MICROSECOND) for name in names if name in times}
    average = sum(known.values()) // len(known) if known else _MICROSECOND
    order = sorted(
        range(len(scripts)),
        key=lambda index: (names[index] not in known, -known.get(names[index], 0), names[index]),
    )
    divided = divide([known.get(names[index], average) for index in order], parts)
    return [[scripts[index] for index in sorted(order[each] for each in one)] for one in divided]


def divide(weights: Sequence[int], parts: int) -> list[list[int]]:
    """Divide weights so that the sums of the parts are about equal; return their indices.

    Each goes to the part with the smallest sum so far, which is good if the largest come first;
    then the fullest part exchanges weights with others as long as that helps.
    """
    heap = [(0, part) for part in range(parts)]
    divided: list[list[int]] = [[] for _ in range(parts)]
    for index, weight in enumerate(weights):
        total, part = heap[0]
        divided[part].append(index)
        heapreplace(heap, (total + weight, part))
    sums = [sum(weights[index] for index in indices) for indices in divided]
    while max(sums) * parts > sum(sums) * _UNEVEN and _exchange(weights, divided, sums):
        pass
    return divided


def _exchange(weights: Sequence[int], divided: list[list[int]], sums: list[int]) -> bool:
    """Make the fullest part smaller by an exchange with another; return False if none helps."""
    fullest = sums.index(max(sums))
    best = (0, 0, 0, 0, -1)
    for other, indices in enumerate(divided):
        gap = sums[fullest] - sums[other]
        for mine in divided[fullest]:
            for theirs in (*indices, -1):
                moved = weights[mine] - (weights[theirs] if theirs >= 0 else 0)
                gain = min(moved, gap - moved)
                if gain > best[0]:
                    best = (gain, moved, other, mine, theirs)
    gain, moved, other, mine, theirs = best
    if not gain:
        return False
    divided[fullest].remove(mine)
    divided[other].append(mine)
    if theirs >= 0:
        divided[other].remove(theirs)
        divided[fullest].append(theirs)
    sums[fullest] -= moved
    sums[other] += moved
    return True


def digest(divided: Iterable[Iterable["Selected"]]) -> str:
    """Return a digest of which script is in which part."""
    from hashlib import sha256

    lines = sorted(
        f"{portable_name(script)}\n{part}\n"
        for part, scripts in enumerate(divided)
        for script in scripts
    )
    return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def times_by_name(times: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the times of a report by portable names.

    Args:
        times: the names of scripts as in reports, and their seconds. Of repetitions, the longest
            counts.
    """
    found: dict[str, float] = {}
    for name, seconds in times:
        key = _portable(re.sub(r"#\d+$", "", name))
        found[key] = max(seconds, found.get(key, 0.0))
    return found


def portable_name(script: "Selected") -> str:
    """Return the name of a script, without repetition, that is the same on every machine."""
    return _portable(script._replace(number=0).name)


def _portable(name: str) -> str:
    """Return the name of a script relative to the current folder, with slashes."""
    # A path may be on another drive of Windows.
    with suppress(ValueError):
        name = os.path.relpath(name)
    return name.replace(os.sep, "/")
