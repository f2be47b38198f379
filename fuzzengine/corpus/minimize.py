"""Selects entries that together have the coverage of the whole corpus."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class MeasuredEntry:
    """An entry with the measurements of one run.

    Attributes:
        path: the file.
        size: the size of the file in bytes.
        duration: the time of the run in nanoseconds.
        features: the coverage as a bit set, one bit per feature.
        stays: the entry must not be removed, whatever its coverage.
    """

    __slots__ = ("duration", "features", "path", "size", "stays")

    def __init__(self, path: str, size: int, duration: int, features: int, *, stays: bool) -> None:
        self.path = path
        self.size = size
        self.duration = duration
        self.features = features
        self.stays = stays


def minimal_cover(entries: Iterable[MeasuredEntry]) -> list[MeasuredEntry]:
    """Return entries that together have every feature; prefer small ones, then fast ones.

    Each of them is necessary, except those that stay anyway.
    """
    ordered = sorted(entries, key=lambda e: (not e.stays, e.size, e.duration, e.path))
    chosen: list[MeasuredEntry] = []
    reached = 0
    for entry in ordered:
        if entry.stays or entry.features & ~reached:
            reached |= entry.features
            chosen.append(entry)
    return _without_redundant(chosen)


def _without_redundant(chosen: Sequence[MeasuredEntry]) -> list[MeasuredEntry]:
    """Remove, the largest first, entries whose features the remaining entries have."""
    before = [0]
    for entry in chosen:
        before.append(before[-1] | entry.features)
    kept: list[MeasuredEntry] = []
    after = 0
    for index in range(len(chosen) - 1, -1, -1):
        entry = chosen[index]
        if entry.stays or entry.features & ~(before[index] | after):
            kept.append(entry)
            after |= entry.features
    return kept[::-1]
