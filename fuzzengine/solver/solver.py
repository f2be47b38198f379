"""Input-to-state: inputs that turn the compares that were logged (Go has no counterpart).

The solver is asked for one input after the other; after each execution it reads the log:

    solver.start()                       # switches comparison logging on
    solver.add(values)                   # an entry to study
    while (candidate := solver.next()) is not None:
        execute(candidate)
    solver.stop()

A study takes the compares of an execution, the last ones first, those that always had the same
outcome before all others, and tries what `hints` says. An input that makes progress (a compare
turns that never turned before, or comes closer than ever) is studied at once, before the rest of
what it came from: that is how a chain of compares is followed link by link although no single link
reaches a new block. What is left is probed when all else is done (probes.py).

The same entries give the same inputs in the same order: nothing depends on hashes or on time.
"""

from __future__ import annotations

from fuzzengine.cmplog.log import LOG, ComparisonLog, Event
from fuzzengine.solver.arguments import arguments_of
from fuzzengine.solver.hints import Context, distance, outcome
from fuzzengine.solver.operands import resized
from fuzzengine.solver.progress import Progress
from fuzzengine.types.kinds import Kind

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

PER_ITEM = 500
"""Inputs tried for one execution that is studied."""
PER_OLD_ITEM = 120
"""Inputs tried for all its compares that had both outcomes already."""
ROUNDS = (4, 12, 32)
"""Inputs tried for each compare before it is the next one's turn, in each round."""
OLD_ROUNDS = (2, 4)
SLICE = 96
"""So many inputs of one study without progress are tried before it is the turn of another one."""
STUBBORN = 500
"""After so many inputs for a site it gets two in a round."""
REPAIRS = 4
MENDED = 16
"""How often a compare that a change broke is probed."""
PROBES = 4
"""How often a compare is probed; each time from a closer input."""
_DEPTH = 64
_REMEMBERED = 200_000
_FIRST_LENGTHS = (1, 2, 4, 8, 12, 16, 32, 64)

Values: TypeAlias = "list[Any]"


class _Near:
    """An execution that came close to turning a compare."""

    __slots__ = ("event", "events", "gap", "probed", "values")

    def __init__(
        self, gap: int, event: Event, values: Sequence[object] = (), events: Sequence[Event] = ()
    ) -> None:
        self.gap = gap
        self.event = event
        self.values = list(values)
        self.events = events
        self.probed = False


_FAR = _Near(1 << 70, (0, "", 0, 0))


class Solver:
    """Studies entries of one fuzz function."""

    def __init__(
        self,
        kinds: Sequence[Kind],
        code_switch: Any = None,
        log: ComparisonLog = LOG,
    ) -> None:
        self.kinds = kinds
        self.progress = Progress()
        self._make = arguments_of(kinds)
        self._code_switch = code_switch
        self._log = log
        self._stack: list[Iterator[Values]] = []
        self._near: dict[int, _Near] = {}  # of each site that never turned: what came closest
        self._tried: set[int] = set()
        self._studied: set[int] = set()
        self._turn = 0
        self._last: Values | None = None
        self._probed: dict[int, int] = {}
        self._mended: dict[int, int] = {}
        self._later: list[Iterator[Values]] = []
        self._attempts: dict[int, int] = {}
        self._running: Values | None = None
        self._forced = False
        self.events: list[Event] = []  # of the input executed last

    def start(self) -> None:
        """Switch logging on; executions are several times slower until `stop`."""
        if self._code_switch is not None and not self._code_switch.on:
            self._code_switch.switch(True)

    def stop(self) -> None:
        """Read the log a last time and switch logging off. What was not tried yet is kept."""
        if self._running is not None:
            self._digest(self._running)
        if self._code_switch is not None and self._code_switch.on:
            self._code_switch.switch(False)

    def add(self, values: Sequence[object]) -> None:
        """Study these values next, unless that was done already."""
        if self._running is not None:
            self._digest(self._running)
        key = self._key(values)
        if key in self._studied:
            return
        if self._last is not None and self._key(self._last) == key:
            self._push(list(values), self.events)
        else:
            self._stack.append(self._entry(list(values)))

    @property
    def busy(self) -> bool:
        """Whether there may be something left to try."""
        if not self._stack and self._running is None:
            probing = self._probe()
            if probing is not None:
                self._stack.append(probing)
        return bool(self._stack) or self._running is not None

    def next(self) -> Values | None:
        """Return the next input to execute, None if there is none.

        The log of the execution of the input before it is read first.
        """
        if self._running is not None:
            self._digest(self._running)
        while True:
            if not self._stack:
                probing = self._probe()
                if probing is None:
                    return None
                self._stack.append(probing)
            candidate = next(self._stack[-1], None)
            if candidate is None:
                self._stack.pop()
                continue
            self._take_turns()
            key = self._key(candidate)
            if (key in self._tried and not self._forced) or not self._fits(candidate):
                continue
            if len(self._tried) >= _REMEMBERED:
                self._tried.clear()
            self._tried.add(key)
            # What runs must be what would be recorded: a float32 is rounded. In place, so that
            # who proposed it knows it again.
            candidate[:] = [k.coerce(v) for k, v in zip(self.kinds, candidate, strict=True)]
            self._running = candidate
            self._log.clear()
            return candidate

    def _take_turns(self) -> None:
        """Let other studies go on when one had many inputs without progress; probes are last."""
        self._turn += 1
        if self._turn >= SLICE and len(self._stack) > 1:
            self._turn = 0
            self._stack.insert(0, self._stack.pop())

    def _digest(self, executed: Values) -> None:
        self._running = None
        self._last = executed
        self.events = list(self._log.events)
        if self.progress.learn(self.events) or self._forced:
            self._push(executed, self.events)
        self._forced = False

    def _push(self, values: Values, events: Sequence[Event]) -> None:
        key = self._key(values)
        if key not in self._studied and len(self._stack) < _DEPTH:
            self._studied.add(key)
            self._turn = 0
            self._stack.append(self._study(values, events))

    def _fits(self, values: Values) -> bool:
        return all(kind.accepts(value) for kind, value in zip(self.kinds, values, strict=True))

    def _key(self, values: Sequence[object]) -> int:
        return hash(tuple(repr(v) if isinstance(v, float | tuple) else v for v in values))

    def _entry(self, values: Values) -> Iterator[Values]:
        self._forced = True
        yield values
        if all(not value for value in values if isinstance(value, (bytes, str))):
            for index, value in enumerate(values):
                for length in _FIRST_LENGTHS:
                    for longer in resized(value, length):
                        self._forced = length == _FIRST_LENGTHS[3]
                        yield [*values[:index], longer, *values[index + 1 :]]
                    if isinstance(value, bytes):
                        self._forced = False
                        yield [*values[:index], bytes(length), *values[index + 1 :]]
        self._forced = False

    def _study(self, values: Values, events: Sequence[Event]) -> Iterator[Values]:
        """Yield inputs for the events of one execution, in the order of their rank."""
        about = self._log.site_flags
        ranked: list[list[Event]] = [[], [], []]
        for event in _distinct(events):
            ranked[self.progress.rank(event, about[event[0]])].append(event)
        context = Context(events)
        around = {event[0]: outcome(event) for event in reversed(events)}, context
        yield from self._for_events(ranked[0], values, ROUNDS, PER_ITEM, around)
        yield from self._for_events(ranked[1], values, ROUNDS, PER_ITEM, around)
        yield from self._make.extensions(events, values, context)
        yield from self._for_events(ranked[2], values, OLD_ROUNDS, PER_OLD_ITEM, ({}, context))
        for event in ranked[0]:
            gap = distance(event)
            if gap and gap < self._near.get(event[0], _FAR).gap:
                self._near[event[0]] = _Near(gap, event, values, events)

    def _for_events(
        self,
        events: Sequence[Event],
        values: Values,
        rounds: Sequence[int],
        most: int,
        around: tuple[dict[int, bool | None], Context],
    ) -> Iterator[Values]:
        """Yield up to `most` inputs: in each round some for every event, most likely ones first."""
        about = self._log.site_flags
        outcomes, context = around
        make = self._make.inputs
        open_ = [(event[0], make(event, about[event[0]], values, context)) for event in events]
        for number in rounds:
            for site, candidates in open_:
                tried = self._attempts.get(site, 0)
                for candidate in _first(candidates, min(number, most, max(STUBBORN - tried, 2))):
                    self._attempts[site] = self._attempts.get(site, 0) + 1
                    most -= 1
                    yield candidate
                    if outcomes and candidate is self._last:
                        yield from self._repairs(candidate, values, site, outcomes)

    def _turned(self, event: Event) -> bool:
        outcomes = self.progress.outcomes
        return all((event[0], event[1], result) in outcomes for result in (True, False))

    def _probe(self) -> Iterator[Values] | None:
        """Probe the next compare that never turned, from where it is closest to turning.

        After those, compares that a change broke for which a simple repair was not found.
        """
        for site, near in self._near.items():
            if (
                not near.probed
                and not self._turned(near.event)
                and self._probed.get(site, 0) < PROBES
            ):
                near.probed = True
                self._probed[site] = self._probed.get(site, 0) + 1
                return self._make.probe(self, near.values, near.events, site)
        return self._later.pop(0) if self._later else None

    def _repairs(
        self, candidate: Values, origin: Values, site: int, outcomes: dict[int, bool | None]
    ) -> Iterator[Values]:
        """Mend the first compare that a change broke, if the site meant is not reached any more.

        That is what a checksum over the part that was changed needs.
        """
        events = self.events
        if any(event[0] == site for event in events):
            return
        for event in events:
            before = outcomes.get(event[0])
            if before is not None and outcome(event) is not before:
                about = self._log.site_flags[event[0]]
                made = self._make.inputs(event, about, candidate, Context(events))
                yield from _first(made, REPAIRS)
                if distance(event) and self._mended.get(event[0], 0) < MENDED:
                    self._mended[event[0]] = self._mended.get(event[0], 0) + 1
                    later = self._make.probe(self, candidate, events, event[0], origin)
                    self._later.append(later)
                return


def _distinct(events: Sequence[Event]) -> list[Event]:
    """The events without repetitions, the last one first."""
    return list(dict.fromkeys(reversed(events)))


def _first(candidates: Iterator[Values], most: int) -> Iterator[Values]:
    for _, candidate in zip(range(most), candidates, strict=False):
        yield candidate
