"""Derives inputs that flip logged comparisons, input-to-state (Go has no counterpart).

The caller executes one proposed input after the other; the solver reads the log of each execution:

    solver.start()                       # switches comparison logging on
    solver.add(values)                   # an entry to study
    while (candidate := solver.next()) is not None:
        execute(candidate)
    solver.stop()

A study takes the comparisons of an execution, the last ones first, and those that always had the
same outcome before all others; `hints` derives inputs for each. An input that makes progress (a
comparison flips for the first time, or comes closer than ever) is studied at once, before the rest
of the study that proposed it. So a chain of comparisons is followed link by link, even if no single
link reaches a new block. When all studies are done, comparisons that never flipped are probed
(probes.py).

The same entries give the same inputs in the same order: nothing depends on hashes or on time.
"""

from __future__ import annotations

from fuzzengine.cmplog.log import LOG, ComparisonLog, Event
from fuzzengine.solver.arguments import arguments_of
from fuzzengine.solver.hints import Context, distance, outcome
from fuzzengine.solver.operands import resized
from fuzzengine.solver.progress import Progress
from fuzzengine.types.kinds import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

PER_STUDY = 500
"""Inputs tried for the comparisons of one execution, for each rank."""
PER_STUDY_FLIPPED = 120
"""The same for all comparisons that had both outcomes already."""
ROUNDS = (4, 12, 32)
"""Inputs tried for each comparison before the next one continues, in each round."""
ROUNDS_FLIPPED = (2, 4)
SLICE = 96
"""Inputs of one study without progress after which another study continues."""
STUBBORN = 500
"""Inputs tried for a site after which it gets two in a round."""
REPAIRS = 4
"""Inputs tried at once to repair a comparison that a change broke."""
REPAIR_PROBES = 16
"""Probes of one site to repair a comparison that a change broke."""
PROBES = 4
"""Probes of one site, each from a closer input."""
_DEPTH = 64
"""The most studies that wait; a new one takes the place of the oldest."""
_REMEMBERED = 200_000
_FIRST_LENGTHS = (1, 2, 4, 8, 12, 16, 32, 64)

Values: TypeAlias = "list[Any]"


class _NearMiss:
    """An execution that came close to flipping a comparison."""

    __slots__ = ("event", "events", "gap", "probed", "values")

    def __init__(
        self, gap: int, event: Event, values: Sequence[object] = (), events: Sequence[Event] = ()
    ) -> None:
        self.gap = gap
        self.event = event
        self.values = list(values)
        self.events = events
        self.probed = False


_FAR = _NearMiss(1 << 70, (0, "", 0, 0))


class _Study:
    """An execution that is studied.

    Attributes:
        values: its input.
        context: facts from its other events.
        outcomes: the outcome of the first event of each site; empty if nothing is to be repaired.
    """

    __slots__ = ("context", "outcomes", "values")

    def __init__(self, values: Values, context: Context, outcomes: dict[int, bool | None]) -> None:
        self.values = values
        self.context = context
        self.outcomes = outcomes


class Solver:
    """Studies entries of one fuzz target.

    Attributes:
        events: the logged events of the input that was executed last.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        code_switch: Any = None,
        log: ComparisonLog = LOG,
    ) -> None:
        self.kinds = kinds
        self.progress = Progress()
        self.events: list[Event] = []
        self._arguments = arguments_of(kinds)
        self._code_switch = code_switch
        self._log = log
        self._stack: list[Iterator[Values]] = []
        self._near_misses: dict[int, _NearMiss] = {}  # the closest one of each site
        self._tried: set[int] = set()
        self._studied: set[int] = set()
        self._without_progress = 0
        self._last: Values | None = None
        self._probes: dict[int, int] = {}  # by site
        self._repair_probes: dict[int, int] = {}  # by site
        self._postponed: list[Iterator[Values]] = []
        self._attempts: dict[int, int] = {}  # by site
        self._running: Values | None = None
        self._forced = False  # study the next execution even if it makes no progress

    def start(self) -> None:
        """Switch logging on; executions are several times slower until `stop`."""
        if self._code_switch is not None and not self._code_switch.on:
            self._code_switch.switch(True)

    def stop(self) -> None:
        """Read the log a last time and switch logging off. Untried inputs are kept."""
        if self._running is not None:
            self._read_log(self._running)
        if self._code_switch is not None and self._code_switch.on:
            self._code_switch.switch(False)

    def add(self, values: Sequence[object]) -> None:
        """Study these values next, unless they have been studied already."""
        if self._running is not None:
            self._read_log(self._running)
        key = self._key(values)
        if key in self._studied:
            return
        if self._last is not None and self._key(self._last) == key:
            self._push(list(values), self.events)
        else:
            self._stack.append(self._entry(list(values)))

    @property
    def busy(self) -> bool:
        """True if there may be an input left to try."""
        if not self._stack and self._running is None:
            probing = self._probe()
            if probing is not None:
                self._stack.append(probing)
        return bool(self._stack) or self._running is not None

    def next(self) -> Values | None:
        """Return the next input to execute, or None if nothing is left to try.

        Reads the log of the previous input first.
        """
        if self._running is not None:
            self._read_log(self._running)
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
            self._rotate_studies()
            key = self._key(candidate)
            if (key in self._tried and not self._forced) or not self._fits(candidate):
                continue
            if len(self._tried) >= _REMEMBERED:
                self._tried.clear()
            self._tried.add(key)
            # The executed values must equal those that a file would hold, so a float32 is rounded.
            # In place: a study recognizes its candidate by identity.
            candidate[:] = [k.coerce(v) for k, v in zip(self.kinds, candidate, strict=True)]
            self._running = candidate
            self._log.clear()
            return candidate

    def _rotate_studies(self) -> None:
        """Continue another study after many inputs without progress."""
        self._without_progress += 1
        if self._without_progress >= SLICE and len(self._stack) > 1:
            self._without_progress = 0
            self._stack.insert(0, self._stack.pop())

    def _read_log(self, executed: Values) -> None:
        self._running = None
        self._last = executed
        self.events = list(self._log.events)
        if self.progress.learn(self.events) or self._forced:
            self._push(executed, self.events)
        self._forced = False

    def _push(self, values: Values, events: Sequence[Event]) -> None:
        key = self._key(values)
        if key in self._studied:
            return
        if len(self._stack) >= _DEPTH:
            del self._stack[0]
        self._studied.add(key)
        self._without_progress = 0
        self._stack.append(self._study(values, events))

    def _fits(self, values: Values) -> bool:
        return all(kind.accepts(value) for kind, value in zip(self.kinds, values, strict=True))

    def _key(self, values: Sequence[object]) -> int:
        return hash(tuple(repr(v) if isinstance(v, float | tuple) else v for v in values))

    def _entry(self, values: Values) -> Iterator[Values]:
        """Yield an entry, and if all its texts are empty, longer ones."""
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
        site_flags = self._log.site_flags
        ranked: list[list[Event]] = [[], [], []]
        for event in _distinct(events):
            ranked[self.progress.rank(event, site_flags[event[0]])].append(event)
        context = Context(events)
        outcomes = {event[0]: outcome(event) for event in reversed(events)}
        study = _Study(values, context, outcomes)
        yield from self._for_events(ranked[0], study, ROUNDS, PER_STUDY)
        yield from self._for_events(ranked[1], study, ROUNDS, PER_STUDY)
        yield from self._arguments.extensions(events, values, context)
        study = _Study(values, context, {})
        yield from self._for_events(ranked[2], study, ROUNDS_FLIPPED, PER_STUDY_FLIPPED)
        for event in ranked[0]:
            gap = distance(event)
            if gap and gap < self._near_misses.get(event[0], _FAR).gap:
                self._near_misses[event[0]] = _NearMiss(gap, event, values, events)

    def _for_events(
        self, events: Sequence[Event], study: _Study, rounds: Sequence[int], limit: int
    ) -> Iterator[Values]:
        """Yield up to `limit` inputs: in each round some for every event, likely ones first."""
        site_flags, values = self._log.site_flags, study.values
        inputs = self._arguments.inputs
        open_ = [
            (event[0], inputs(event, site_flags[event[0]], values, study.context))
            for event in events
        ]
        for number in rounds:
            for site, candidates in open_:
                tried = self._attempts.get(site, 0)
                for candidate in _first(candidates, min(number, limit, max(STUBBORN - tried, 2))):
                    self._attempts[site] = self._attempts.get(site, 0) + 1
                    limit -= 1
                    yield candidate
                    if study.outcomes and candidate is self._last:
                        yield from self._repairs(candidate, study, site)

    def _flipped(self, event: Event) -> bool:
        outcomes = self.progress.outcomes
        return all((event[0], event[1], result) in outcomes for result in (True, False))

    def _probe(self) -> Iterator[Values] | None:
        """Probe the next comparison that never flipped, from the input that came closest.

        After those, probe comparisons that a change broke and that a simple change did not repair.
        """
        for site, near in self._near_misses.items():
            if (
                not near.probed
                and not self._flipped(near.event)
                and self._probes.get(site, 0) < PROBES
            ):
                near.probed = True
                self._probes[site] = self._probes.get(site, 0) + 1
                return self._arguments.probe(self, near.values, near.events, site)
        return self._postponed.pop(0) if self._postponed else None

    def _repairs(self, candidate: Values, study: _Study, site: int) -> Iterator[Values]:
        """Repair the first comparison that a change broke, if `site` is not reached any more.

        A checksum over the changed part needs this.
        """
        events = self.events
        if any(event[0] == site for event in events):
            return
        for event in events:
            before = study.outcomes.get(event[0])
            if before is not None and outcome(event) is not before:
                site_flags = self._log.site_flags[event[0]]
                made = self._arguments.inputs(event, site_flags, candidate, Context(events))
                yield from _first(made, REPAIRS)
                if distance(event) and self._repair_probes.get(event[0], 0) < REPAIR_PROBES:
                    self._repair_probes[event[0]] = self._repair_probes.get(event[0], 0) + 1
                    probing = self._arguments.probe(self, candidate, events, event[0], study.values)
                    self._postponed.append(probing)
                return


def _distinct(events: Sequence[Event]) -> list[Event]:
    """Return the events without repetitions, the last one first."""
    return list(dict.fromkeys(reversed(events)))


def _first(candidates: Iterator[Values], most: int) -> Iterator[Values]:
    for _, candidate in zip(range(most), candidates, strict=False):
        yield candidate
