"""Locations that one input reaches in one run and not in the next; Go has no counterpart.

What depends on time, on chance, on identities or on threads looks new again and again. So an input
that gets its first turn is run by itself a few times. A location with another count in one of these
runs flickers: it is masked, which means that it never again makes an input interesting. The first
run does not count: it may fill a cache, and the others then agree.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.corpus.entry import Entry

RUNS = 4
"""How often an input is run: once to fill caches, then to be compared."""
SHOWN = 10
"""So many locations are listed without -v."""


class Stability:
    """Which inputs were checked, and which locations flicker.

    Attributes:
        flickering: the number, on the wire, of each counter that does.
    """

    def __init__(self, *, checking: bool = True) -> None:
        self.flickering: set[int] = set()
        self._checking = checking
        self._seen: set[int] = set()  # entries, by identity; a campaign keeps them alive

    def wants(self, entry: Entry) -> bool:
        """Tell whether an entry is to be checked now; that is asked once for each."""
        if not self._checking or id(entry) in self._seen:
            return False
        self._seen.add(id(entry))
        return True

    def take(self, flicker: bytes) -> bytes:
        """Take in the flicker of an entry; return all bits of what flickers, for the mask."""
        self.flickering.update(index for index, bits in enumerate(flicker) if bits)
        return bytes(255 if bits else 0 for bits in flicker)


def flicker(runs: Sequence[bytes]) -> bytes:
    """Return the bits that are in some of these snapshots but not in all."""
    numbers = [int.from_bytes(run, "little") for run in runs]
    some, every = 0, -1
    for number in numbers:
        some |= number
        every &= number
    return (some & ~every).to_bytes(len(runs[0]), "little") if runs else b""


def listing(flickering: Sequence[str], *, all_of_them: bool) -> str:
    """Say which locations flicker; "" for none."""
    if not flickering:
        return ""
    shown = flickering if all_of_them else flickering[:SHOWN]
    rest = len(flickering) - len(shown)
    lines = [f"fuzz: unstable: {len(flickering)} locations, which guide no more:\n"]
    lines += [f"    {one}\n" for one in shown]
    return "".join(lines) + (f"    and {rest} more, shown with -v\n" if rest else "")
