"""Finds counters that differ between executions of one input (AFL: calibration; not in Go).

Code that depends on time, chance, identities or threads would make inputs look new again and again.
So each input is executed a few times before its first turn. A counter that differs between these
executions is unstable: it is masked and never again makes an input interesting. The first execution
does not count, as it may fill a cache.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.corpus.entry import Entry

RUNS = 4
"""Executions of each input: one that fills caches, and those that are compared."""
SHOWN = 10
"""The most locations that are listed without -v."""


class Stability:
    """Remembers the checked inputs and the unstable counters.

    Attributes:
        unstable: the numbers of the unstable counters, as on the wire.
    """

    def __init__(self, *, checking: bool = True) -> None:
        self.unstable: set[int] = set()
        self._checking = checking
        self._seen: set[int] = set()  # entries, by identity; a campaign keeps them alive

    def wants(self, entry: Entry) -> bool:
        """Return True if an entry has not been checked; call this once for each entry."""
        if not self._checking or id(entry) in self._seen:
            return False
        self._seen.add(id(entry))
        return True

    def add(self, unstable_bits: bytes) -> bytes:
        """Record the unstable bits of an entry; return all bits of these counters, for the mask."""
        self.unstable.update(index for index, bits in enumerate(unstable_bits) if bits)
        return bytes(255 if bits else 0 for bits in unstable_bits)


def unstable_bits(runs: Sequence[bytes]) -> bytes:
    """Return the bits that are set in some of the snapshots but not in all."""
    numbers = [int.from_bytes(run, "little") for run in runs]
    some, every = 0, -1
    for number in numbers:
        some |= number
        every &= number
    return (some & ~every).to_bytes(len(runs[0]), "little") if runs else b""


def listing(unstable: Sequence[str], *, all_of_them: bool) -> str:
    """Return the lines that list unstable locations, or ""."""
    if not unstable:
        return ""
    shown = unstable if all_of_them else unstable[:SHOWN]
    rest = len(unstable) - len(shown)
    lines = [f"fuzz: unstable: {len(unstable)} locations, which guide no more:\n"]
    lines += [f"    {one}\n" for one in shown]
    return "".join(lines) + (f"    and {rest} more, shown with -v\n" if rest else "")
