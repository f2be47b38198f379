"""Power schedules: rare, small, fast and new inputs get more turns (Go: all in turn).

Stride scheduling: each turn advances the pass value of an input by a stride, which is shorter the
more energy the input has, and the lowest pass value is next. So every input gets turns, and nothing
depends on chance.
"""

from __future__ import annotations

from _heapq import heappop, heappush
from itertools import compress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable

    from fuzzengine.corpus.entry import Entry
else:
    from _collections import deque

RAREST = 8
"""The most counters remembered for an input: the ones that the fewest others reach."""
_RARITY = 8
_NEW = ((4, 4), (16, 2))  # turns, and the factor of the energy before them
_STRIDE = 1 << 12


class _ScheduledInput:
    """The scheduling state of an input."""

    __slots__ = ("duration", "entry", "pass_value", "rare", "size", "turns")

    def __init__(self, entry: Entry, size: int, at: int) -> None:
        self.entry = entry
        self.size = size
        self.pass_value = at
        self.turns = self.duration = 0
        self.rare: tuple[int, ...] = ()


class Energy:
    """Schedules inputs by energy; deterministic."""

    def __init__(self) -> None:
        self._inputs: dict[int, _ScheduledInput] = {}  # by the identity of the entry
        self._heap: list[tuple[int, int, int]] = []  # pass value, sequence number, identity
        self._number = 0
        self._owners: dict[int, int] = {}  # counter -> number of inputs that reach it
        self._sizes = self._durations = self._timed = 0

    def add(self, entry: Entry, size: int) -> None:
        """Add an input of `size` bytes; it is next."""
        at = self._heap[0][0] - 1 if self._heap else 0
        scheduled = _ScheduledInput(entry, size, at)
        self._inputs[id(entry)] = scheduled
        self._sizes += size
        self._enter(scheduled)

    def learn(self, entry: Entry, coverage: bytes, duration: int = 0) -> None:
        """Record the counters that an input reaches, and its duration.

        Args:
            entry: the input.
            coverage: its counters.
            duration: nanoseconds of an execution; 0 if unknown, or if the schedule must not
                depend on time.
        """
        scheduled = self._inputs.get(id(entry))
        if scheduled is None:
            return
        reached = list(compress(range(len(coverage)), coverage))
        owners = self._owners
        for index in reached:
            owners[index] = owners.get(index, 0) + 1
        # Sorting is stable: among equally rare counters the first ones are kept.
        scheduled.rare = tuple(sorted(reached, key=owners.__getitem__)[:RAREST])
        if duration > 1:
            scheduled.duration = duration
            self._durations += duration
            self._timed += 1

    def next(self) -> Entry:
        """Return the input whose turn it is.

        Raises:
            IndexError: the schedule is empty.
        """
        scheduled = self._inputs[heappop(self._heap)[2]]
        scheduled.pass_value += _STRIDE // self._energy(scheduled)
        scheduled.turns += 1
        self._enter(scheduled)
        return scheduled.entry

    def keep(self, entries: Iterable[Entry]) -> None:
        """Drop all other inputs."""
        kept = {id(entry) for entry in entries}
        self._inputs = {key: one for key, one in self._inputs.items() if key in kept}
        self._heap = [one for one in self._heap if one[2] in kept]
        self._heap.sort()

    def _enter(self, scheduled: _ScheduledInput) -> None:
        self._number += 1
        heappush(self._heap, (scheduled.pass_value, self._number, id(scheduled.entry)))

    def _energy(self, scheduled: _ScheduledInput) -> int:
        owners = min((self._owners[index] for index in scheduled.rare), default=_RARITY)
        energy = max(_RARITY // max(owners, 1), 1)
        energy *= _factor(scheduled.size, self._sizes, len(self._inputs))
        if scheduled.duration:
            energy *= _factor(scheduled.duration, self._durations, self._timed)
        for turns, times in _NEW:
            if scheduled.turns < turns:
                return energy * times
        return energy


class RoundRobin:
    """Schedules all inputs in turn, new ones at the end of the round (Go: the queue)."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._round: deque[Entry] = deque()

    def add(self, entry: Entry, size: int) -> None:
        """Add an input."""
        self._entries.append(entry)
        self._round.append(entry)

    def learn(self, entry: Entry, coverage: bytes, duration: int = 0) -> None:
        """Do nothing: all inputs have the same energy."""

    def next(self) -> Entry:
        """Return the next input; there must be one."""
        if not self._round:
            self._round.extend(self._entries)
        return self._round.popleft()

    def keep(self, entries: Iterable[Entry]) -> None:
        """Drop all other inputs."""
        self._entries = list(entries)
        kept = {id(entry) for entry in self._entries}
        self._round = deque(entry for entry in self._round if id(entry) in kept)


def _factor(value: int, total: int, number: int) -> int:
    """Return 4 for up to half the mean, 2 for up to the mean, 1 above it."""
    if 2 * value * number <= total:
        return 4
    return 2 if value * number <= total else 1
