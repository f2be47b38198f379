"""Which entries of a corpus are enough to reach all that the whole corpus reaches."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Measured:
    """One run of an entry.

    Attributes:
        path: the entry.
        size: its bytes as a file.
        duration: nanoseconds that it ran.
        features: its coverage, one bit a feature, as a number.
        stays: it is not to be removed, whatever it reaches.
    """

    __slots__ = ("duration", "features", "path", "size", "stays")

    def __init__(self, path: str, size: int, duration: int, features: int, *, stays: bool) -> None:
        self.path = path
        self.size = size
        self.duration = duration
        self.features = features
        self.stays = stays


def enough(entries: Iterable[Measured]) -> list[Measured]:
    """Return entries that together have every feature of all; small ones, then fast ones, first.

    No entry of the result can be left out, except those that stay anyway.
    """
    ordered = sorted(entries, key=lambda e: (not e.stays, e.size, e.duration, e.path))
    chosen: list[Measured] = []
    reached = 0
    for entry in ordered:
        if entry.stays or entry.features & ~reached:
            reached |= entry.features
            chosen.append(entry)
    return _without_superfluous(chosen)


def _without_superfluous(chosen: Sequence[Measured]) -> list[Measured]:
    """Leave out, largest first, what the smaller ones and the rest of the larger ones cover."""
    before = [0]
    for entry in chosen:
        before.append(before[-1] | entry.features)
    kept: list[Measured] = []
    after = 0
    for index in range(len(chosen) - 1, -1, -1):
        entry = chosen[index]
        if entry.stays or entry.features & ~(before[index] | after):
            kept.append(entry)
            after |= entry.features
    return kept[::-1]
