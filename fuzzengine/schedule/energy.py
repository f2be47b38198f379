"""Which input gets the next turn: rare, small, fast and new ones more often (Go: all in turn).

Every turn of an input moves it on by a stride, and the one that is furthest behind is next; the
more energy, the shorter the stride. So every input gets turns, and nothing depends on chance.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from itertools import compress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from fuzzengine.corpus.entry import Entry

RAREST = 8
"""So many of the counters that an input reaches are remembered: those that fewest others reach."""
_RARITY = 8
_NEW = ((4, 4), (16, 2))  # with fewer turns than that, so many times the energy
_STRIDE = 1 << 12


class _Runner:
    """An input in the race: how far it is, and what decides how fast it moves on."""

    __slots__ = ("at", "duration", "entry", "rare", "size", "turns")

    def __init__(self, entry: Entry, size: int, at: int) -> None:
        self.entry = entry
        self.size = size
        self.at = at
        self.turns = self.duration = 0
        self.rare: tuple[int, ...] = ()


class Energy:
    """Gives turns to inputs; the same calls give the same turns."""

    def __init__(self) -> None:
        self._runners: dict[int, _Runner] = {}  # by the identity of the entry
        self._race: list[tuple[int, int, int]] = []  # how far, which of those, whose identity
        self._number = 0
        self._owners: dict[int, int] = {}  # how many inputs reach a counter
        self._sizes = self._durations = self._timed = 0

    def add(self, entry: Entry, size: int) -> None:
        """Take in an input of so many bytes; it is before all others."""
        at = self._race[0][0] - 1 if self._race else 0
        runner = _Runner(entry, size, at)
        self._runners[id(entry)] = runner
        self._sizes += size
        self._enter(runner)

    def learn(self, entry: Entry, coverage: bytes, duration: int = 0) -> None:
        """Take in which counters an input reaches, and how many nanoseconds it takes; 0: unknown.

        Durations make turns depend on time; who wants the same run again gives none.
        """
        runner = self._runners.get(id(entry))
        if runner is None:
            return
        reached = list(compress(range(len(coverage)), coverage))
        owners = self._owners
        for index in reached:
            owners[index] = owners.get(index, 0) + 1
        # Of those that equally many reach, the first: sorting keeps their order.
        runner.rare = tuple(sorted(reached, key=owners.__getitem__)[:RAREST])
        if duration > 1:
            runner.duration = duration
            self._durations += duration
            self._timed += 1

    def next(self) -> Entry:
        """Return the input whose turn it is.

        Raises:
            IndexError: there is none.
        """
        runner = self._runners[heappop(self._race)[2]]
        runner.at += _STRIDE // self._energy(runner)
        runner.turns += 1
        self._enter(runner)
        return runner.entry

    def keep(self, entries: Iterable[Entry]) -> None:
        """Drop all inputs but these."""
        kept = {id(entry) for entry in entries}
        self._runners = {key: one for key, one in self._runners.items() if key in kept}
        self._race = [one for one in self._race if one[2] in kept]
        self._race.sort()

    def _enter(self, runner: _Runner) -> None:
        self._number += 1
        heappush(self._race, (runner.at, self._number, id(runner.entry)))

    def _energy(self, runner: _Runner) -> int:
        owners = min((self._owners[index] for index in runner.rare), default=_RARITY)
        energy = max(_RARITY // max(owners, 1), 1)
        energy *= _factor(runner.size, self._sizes, len(self._runners))
        if runner.duration:
            energy *= _factor(runner.duration, self._durations, self._timed)
        for turns, times in _NEW:
            if runner.turns < turns:
                return energy * times
        return energy


class Turns:
    """All inputs in turn, those that are new at the end of the round (Go: the queue)."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._round: deque[Entry] = deque()

    def add(self, entry: Entry, size: int) -> None:
        """Take in an input."""
        self._entries.append(entry)
        self._round.append(entry)

    def learn(self, entry: Entry, coverage: bytes, duration: int = 0) -> None:
        """Do nothing: all have the same energy."""

    def next(self) -> Entry:
        """Return the input whose turn it is; there must be one."""
        if not self._round:
            self._round.extend(self._entries)
        return self._round.popleft()

    def keep(self, entries: Iterable[Entry]) -> None:
        """Drop all inputs but these."""
        self._entries = list(entries)
        kept = {id(entry) for entry in self._entries}
        self._round = deque(entry for entry in self._round if id(entry) in kept)


def _factor(value: int, total: int, number: int) -> int:
    """4 for up to half the mean, 2 for up to the mean, 1 for more."""
    if 2 * value * number <= total:
        return 4
    return 2 if value * number <= total else 1
