"""The part of a Fuzz call in which a worker tries what the solver proposes; Go has no such part.

A coordinator of ours asks for it with the field `Solve`. The input that runs is then not the given
one mutated so and so often: it is in the shared memory itself, which the raw flag says.
"""

from __future__ import annotations

import time

from fuzzengine.cmplog.switch import CodeSwitch
from fuzzengine.instrument import import_hook as instrument
from fuzzengine.ipc.messages import CHAINED_MUTATIONS
from fuzzengine.mutation.dictionary import words_in_code
from fuzzengine.mutation.havoc import Havoc
from fuzzengine.mutation.pcg import PCG
from fuzzengine.solver.solver import Solver
from fuzzengine.worker.harness import CallLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.findings.pump import Pump
    from fuzzengine.worker.harness import Harness

OTHER_SHARE = 2
"""A call that brings no new entry has 1/OTHER_SHARE of its executions for older studies and, by
turns, for random changes that Go's mutator does not make."""

CREDIT = 20_000
"""What the solver may spend before anything was earned. A logged execution and the reasoning about
it cost BASE_PRICE and one more for each EVENTS_PRICED events, about what so many plain executions
cost; every EARNERS plain ones earn 1. So studies take a fixed share of the time in the long run,
and the same share each time, as a clock would not give."""
BASE_PRICE = 3
EVENTS_PRICED = 8
EARNERS = 6

LEAST_CREDIT = 2_000
"""With less than that a study is not begun: exchanging all code for it must be worth it."""

UNLUCKY = 1_000
"""After so many random changes in a row that reached nothing their share is halved; one that does
doubles it."""
SMALLEST_SHARE = 64
RELAXING = 4
"""After so many times as many the length that they may reach is doubled."""

_INSTANCE = 1 << 20  # of the random numbers: no mutator has that many before it


class Found:
    """An input that failed or reached new blocks; `solved` if the solver proposed it.

    `words` are those of the dictionary, or of the code, that were put into it.
    """

    __slots__ = ("coverage", "failure", "solved", "values", "words")

    def __init__(
        self, values: list[object], failure: Failure | None, coverage: bytes | None
    ) -> None:
        self.values = values
        self.failure = failure
        self.coverage = coverage
        self.solved = False
        self.words: list[bytes] = []


class _Credit:
    """What the solver may spend, in executions that do not log."""

    __slots__ = ("_earned", "left")

    def __init__(self) -> None:
        self.left = CREDIT
        self._earned = 0

    def earn(self, executions: int) -> None:
        """Take note of executions of the mutator's inputs: they pay for studies to come."""
        earned = self._earned + executions
        self.left += earned // EARNERS
        self._earned = earned % EARNERS

    def spend(self, events: int) -> None:
        """Pay for a logged execution with so many events."""
        self.left -= BASE_PRICE + events // EVENTS_PRICED


class _HavocShare:
    """The part of a call that random changes get: 1 / `share`; the larger the luckier they are."""

    __slots__ = ("_fruitless", "share")

    def __init__(self) -> None:
        self.share = OTHER_SHARE
        self._fruitless = 0

    def add(self, executions: int, *, found: bool) -> bool:
        """Take note of executions; return whether it is time to allow longer inputs."""
        rounds = self._fruitless // UNLUCKY
        self._fruitless += executions
        if found:
            self._fruitless, self.share = 0, max(self.share // 2, OTHER_SHARE)
            return False
        if self._fruitless // UNLUCKY == rounds:
            return False
        self.share = min(self.share * 2, SMALLEST_SHARE)
        return self._fruitless // UNLUCKY % RELAXING == 0


class Study:
    """Executes what the solver of this worker proposes, and what havoc.py makes."""

    def __init__(
        self, harness: Harness, words: Sequence[bytes], seed: int, pump: Pump | None
    ) -> None:
        """Prepare to study inputs.

        Args:
            harness: executes inputs.
            words: to be put into inputs, besides those in the code.
            seed: of the random numbers.
            pump: makes inputs with repeated parts, as a detector wants; None: not wanted.
        """
        installed = instrument.installed()
        codes = [module.code for module in installed.modules] if installed else []
        self._harness = harness
        self._solver = Solver(harness.kinds, CodeSwitch(installed) if installed else None)
        words = [*words, *words_in_code(codes)]
        self._havoc = _havoc_of(harness, words, PCG.seeded(seed, _INSTANCE))
        self._pump = pump
        self._credit = _Credit()
        self._havoc_share = _HavocShare()
        self._turn = 0

    def earn(self, executions: int) -> None:
        """Take note of executions of the mutator's inputs: they pay for studies to come."""
        self._credit.earn(executions)

    def explore(
        self, values: list[object], limits: CallLimits, *, new: bool
    ) -> tuple[Found | None, bool]:
        """Execute proposals until one fails, one reaches new blocks, or the share is used up.

        Args:
            values: the input of the call.
            limits: when the call is over.
            new: the input is to be studied; then the whole call may be used.

        Returns:
            What was found, if anything, and whether random mutations may follow. What was found is
            in the shared memory; otherwise that is as it was.
        """
        solver, memory = self._solver, self._harness.memory
        self._havoc.remember(values)
        if new:
            solver.add(values)
        self._turn += 1
        can_pay = self._credit.left >= LEAST_CREDIT
        solved = can_pay and solver.busy and (new or self._turn % 2 == 0)
        share = 1 if solved and new else OTHER_SHARE if solved else self._havoc_share.share
        most = limits.count
        if limits.count and share > 1:
            most = max(limits.count // share // CHAINED_MUTATIONS, 1) * CHAINED_MUTATIONS
            if most >= limits.count:
                return None, True
        own = CallLimits(most, limits.timeout // share, limits.should_stop)
        data = memory.value
        if self._pump is not None:
            if new:
                self._pump.add(values)
            found = self._try_pumped(self._pump, own)
            if found is not None:
                return found, False
        found = self._try_solved(own) if solved else self._try_changes(values, own)
        if found is not None:
            found.solved = solved
            if self._stands(found):
                return found, False
        memory.value = data
        memory.raw = False
        # Random mutations can be replayed from the start of a chain only.
        more = memory.count % CHAINED_MUTATIONS == 0 and not 0 < limits.count <= memory.count
        return None, more

    def _try_solved(self, limits: CallLimits) -> Found | None:
        """Execute what the solver proposes, with comparisons being logged."""
        self._solver.start()
        try:
            return self._try_proposals(self._next_solved, limits)
        finally:
            self._solver.stop()

    def _next_solved(self) -> list[object] | None:
        if self._credit.left <= 0:
            return None
        candidate = self._solver.next()
        self._credit.spend(len(self._solver.events))
        return candidate

    def _try_changes(self, values: list[object], limits: CallLimits) -> Found | None:
        """Execute random changes of an input; they get more turns when they reach something."""
        memory, mutated = self._harness.memory, self._havoc.mutated
        before = memory.count
        found = self._try_proposals(lambda: mutated(values), limits)
        if self._havoc_share.add(memory.count - before, found=found is not None):
            self._havoc.double_max_length()
        if found is not None:
            found.words = self._havoc.used_words
        return found

    def _try_pumped(self, pump: Pump, limits: CallLimits) -> Found | None:
        """Execute inputs with repeated parts; what they reach makes none of them interesting."""
        memory = self._harness.memory
        pump.detector.enabled = True
        try:
            while not limits.should_stop() and not 0 < limits.count <= memory.count:
                values = pump.next()
                if values is None:
                    return None
                failure = self._harness.execute_raw(values)
                if failure is not None:
                    return Found(values, failure, None)
        finally:
            pump.detector.enabled = False
        return None

    def _stands(self, found: Found) -> bool:
        """Run what failed once more, with the code that does not log; take the failure from there.

        Logging takes stack: what only then recurses too deeply is no failure of the target.
        """
        if found.failure is not None and found.solved:
            failure = self._harness.execute(found.values)
            if failure is None and found.failure.from_recursion():
                return False
            found.failure = failure or found.failure
        return True

    def _try_proposals(
        self, propose: Callable[[], list[object] | None], limits: CallLimits
    ) -> Found | None:
        execute, coverage = self._harness.execute_raw, self._harness.coverage
        counts, most = self._harness.memory.counts, limits.count
        clock = time.perf_counter_ns
        end = clock() + (limits.timeout or 1 << 62)
        while not limits.should_stop():
            if 0 < most <= counts[0] or (counts[0] % CHAINED_MUTATIONS == 0 and clock() >= end):
                return None
            values = propose()
            if values is None:
                return None
            failure = execute(values)
            if failure is not None:
                return Found(values, failure, None)
            if coverage.is_new():
                return Found(values, None, coverage.snapshot())
        return None


def _havoc_of(harness: Harness, words: Sequence[bytes], rng: PCG) -> Havoc:
    if harness.structured:
        from fuzzengine.mutation.tree_havoc import TreeHavoc

        return TreeHavoc(harness.kinds, words, rng)
    return Havoc(harness.kinds, words, rng)
