"""Suggests the known name closest to a misspelt one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CUTOFF = 0.66
"""Two of three letters are right; one letter of two is not enough."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to a word, ignoring case, or None."""
    from difflib import get_close_matches

    folded = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(word.lower(), folded, 1, _CUTOFF)
    return folded[found[0]] if found else None
