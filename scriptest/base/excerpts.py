"""Shortens long texts to the lines that matter."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from collections.abc import Sequence
from typing import NamedTuple

LINES = 40
"""The number of lines of one text that are shown."""

SEARCHED = 30
"""The number of lines of a searched text that are shown, between other lines of the detail."""

_LONGEST = 1000


class ShownLine(NamedTuple):
    """A line of an excerpt."""

    text: str
    is_remark: bool = False
    """Whether it only says that something is left out here."""


def excerpt(lines: Sequence[str], focus: int = -1, limit: int = LINES) -> list[ShownLine]:
    """Return some lines of a text, and remarks where others are left out.

    Args:
        lines: the text.
        focus: the index of the line that matters; -1 for the last lines and some of the first.
        limit: the maximum number of lines, without the remarks.
    """
    count = len(lines)
    if count <= limit:
        return [*map(_shortened, lines)]
    if focus < 0:
        first = limit // 4
        head = map(_shortened, lines[:first])
        tail = map(_shortened, lines[count - limit + first :])
        return [*head, _remark(count - limit), *tail]
    start = min(max(0, focus - limit // 2), count - limit)
    end = start + limit
    return [
        *([_remark(start)] if start else []),
        *map(_shortened, lines[start:end]),
        *([_remark(count - end)] if end < count else []),
    ]


def _remark(count: int) -> ShownLine:
    return ShownLine(f"[... {count:,} line{'s' * (count > 1)} left out ...]", is_remark=True)


def _shortened(line: str) -> ShownLine:
    if len(line) <= _LONGEST:
        return ShownLine(line)
    half = _LONGEST // 2
    gap = f"[... {len(line) - 2 * half:,} characters left out ...]"
    return ShownLine(f"{line[:half]}{gap}{line[-half:]}")
