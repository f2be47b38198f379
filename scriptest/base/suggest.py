"""Finds the name that was probably meant, for "did you mean"."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate that is `word` but for a typing mistake or two, or None.

    A mistake is a missing, added or wrong character, or two neighbours swapped; upper and lower
    case do not matter. Words of up to three characters may have one, longer ones two, and at
    least one character must be right. Among equally near candidates one of the same length wins,
    then the first in alphabetical order.
    """
    limit = min(1 if len(word) <= 3 else 2, len(word) - 1)
    best: tuple[int, int, str] | None = None
    for candidate in candidates:
        longer = abs(len(candidate) - len(word))
        if longer > limit:
            continue
        distance = _distance(word.lower(), candidate.lower())
        if distance <= limit and (best is None or (distance, longer, candidate) < best):
            best = distance, longer, candidate
    return None if best is None else best[2]


def _distance(a: str, b: str) -> int:
    """Counts the edits between two words (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, char in enumerate(a):
        above, row = row, [i + 1]
        for j, other in enumerate(b):
            cost = min(above[j + 1] + 1, row[j] + 1, above[j] + (char != other))
            if i and j and char == b[j - 1] and other == a[i - 1]:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before = above
    return row[-1]
