"""Tries proposals of the solver and random changes, as a part of a Fuzz call.

Our coordinator asks for it with the field `Solve`; Go has no counterpart. The input that runs is in
the shared memory, as the raw flag says, so that the coordinator need not repeat mutations.
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
"""A call without a new entry spends 1/OTHER_SHARE of its executions on older studies and, every
other time, on random changes that Go's mutator does not make."""

CREDIT = 20_000
"""The credit of the solver at the start, in plain executions. A logged execution costs BASE_PRICE
and 1 for each EVENTS_PRICED events; EARNERS plain executions earn 1. So studies take a fixed share
of the time in the long run, without a clock, which would make runs differ."""
BASE_PRICE = 3
EVENTS_PRICED = 8
EARNERS = 6

LEAST_CREDIT = 2_000
"""The credit that a study needs to begin, since it exchanges all code for the logging one."""

UNLUCKY = 1_000
"""Fruitless random changes in a row that halve their share; a fruitful one doubles it."""
SMALLEST_SHARE = 64
RELAXING = 4
"""Fruitless rounds after which the length limit doubles."""

_INSTANCE = 1 << 20  # of the random numbers; mutators have smaller ones


class Found:
    """An input that failed or reached new blocks.

    Attributes:
        values: the input.
        failure: its failure, or None.
        coverage: its coverage if it reached new blocks, or None.
        solved: the solver proposed it.
        words: the words of the dictionary, or of the code, that were inserted into it.
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
    """The credit of the solver, in plain executions."""

    __slots__ = ("_earned", "left")

    def __init__(self) -> None:
        self.left = CREDIT
        self._earned = 0

    def earn(self, executions: int) -> None:
        """Add the earnings of plain executions."""
        earned = self._earned + executions
        self.left += earned // EARNERS
        self._earned = earned % EARNERS

    def spend(self, events: int) -> None:
        """Subtract the price of a logged execution with so many events."""
        self.left -= BASE_PRICE + events // EVENTS_PRICED


class _HavocShare:
    """The share of random changes: 1 / `share` of a call, more if they find something."""

    __slots__ = ("_fruitless", "share")

    def __init__(self) -> None:
        self.share = OTHER_SHARE
        self._fruitless = 0

    def add(self, executions: int, *, found: bool) -> bool:
        """Adapt the share after some executions; return whether to allow longer inputs."""
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
    """Executes proposals of the solver, and random changes by havoc.py."""

    def __init__(
        self, harness: Harness, words: Sequence[bytes], seed: int, pump: Pump | None
    ) -> None:
        """Prepare to study inputs.

        Args:
            harness: executes inputs.
            words: the dictionary; the words in the code are added.
            seed: the seed of the random numbers.
            pump: makes inputs with repeated parts for a detector; None without that detector.
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
        """Add the earnings of plain executions."""
        self._credit.earn(executions)

    def run(
        self, values: list[object], limits: CallLimits, *, new: bool
    ) -> tuple[Found | None, bool]:
        """Execute proposals until one fails, one reaches new blocks, or the share is used up.

        Args:
            values: the input of the call.
            limits: the limits of the call.
            new: the input is studied, for which the whole call may be used.

        Returns:
            The input that was found or None, and whether mutations may follow in this call. The
            input that was found is in the shared memory; otherwise that is unchanged.
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
            if self._is_confirmed(found):
                return found, False
        memory.value = data
        memory.raw = False
        # The coordinator can repeat mutations only from the start of a chain.
        more = memory.count % CHAINED_MUTATIONS == 0 and not 0 < limits.count <= memory.count
        return None, more

    def _try_solved(self, limits: CallLimits) -> Found | None:
        """Execute proposals of the solver, with comparison logging."""
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
        """Execute random changes of an input; their share grows if they find something."""
        memory, mutated = self._harness.memory, self._havoc.mutated
        before = memory.count
        found = self._try_proposals(lambda: mutated(values), limits)
        if self._havoc_share.add(memory.count - before, found=found is not None):
            self._havoc.double_max_length()
        if found is not None:
            found.words = self._havoc.used_words
        return found

    def _try_pumped(self, pump: Pump, limits: CallLimits) -> Found | None:
        """Execute inputs with repeated parts; new coverage does not make them interesting."""
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

    def _is_confirmed(self, found: Found) -> bool:
        """Execute an input that failed again without logging; return whether it is a failure.

        Logging needs stack, so that recursion which is too deep only with it does not count.
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
