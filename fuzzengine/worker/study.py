"""The part of a Fuzz call in which a worker tries what the solver proposes; Go has no such part.

A coordinator of ours asks for it with the field `Solve`. The input that runs is then not the given
one mutated so and so often: it is in the shared memory itself, which the raw flag says.
"""

from __future__ import annotations

import time

from fuzzengine.cmplog.switch import CodeSwitch
from fuzzengine.corpus import entry as corpus
from fuzzengine.instrument import import_hook as instrument
from fuzzengine.mutation.dictionary import words_in_code
from fuzzengine.mutation.havoc import Havoc
from fuzzengine.mutation.pcg import PCG
from fuzzengine.solver.solver import Solver

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.findings.pump import Pump
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.executor import Execution

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


class Study:
    """Executes what the solver of this worker proposes, and what havoc.py makes.

    Attributes:
        pump: inputs with much repeated parts are tried, too, as a detector wants.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        execution: Execution,
        coverage: Coverage,
        memory: SharedMemory,
        chain: int,
    ) -> None:
        self._kinds = kinds
        self._run = execution.run
        self._coverage = coverage
        self._memory = memory
        self._chain = chain
        self._turn = 0
        self._installed = instrument.installed()
        code_switch = CodeSwitch(self._installed) if self._installed is not None else None
        self._solver = Solver(kinds, code_switch)
        self._havoc = _havoc_of(kinds, (), PCG.seeded(0, _INSTANCE))
        self.pump: Pump | None = None
        self._credit = CREDIT
        self._earned = 0
        self._share = OTHER_SHARE
        self._luckless = 0

    def prepare(self, seed: int, words: Sequence[bytes]) -> None:
        """Take words to put into inputs, besides those in the code, and a seed for doing so."""
        codes = [module.code for module in self._installed.modules] if self._installed else []
        words = [*words, *words_in_code(codes)]
        self._havoc = _havoc_of(self._kinds, words, PCG.seeded(seed, _INSTANCE))

    def earn(self, executions: int) -> None:
        """Take note of executions of the mutator's inputs: they pay for studies to come."""
        earned = self._earned + executions
        self._credit += earned // EARNERS
        self._earned = earned % EARNERS

    def explore(
        self,
        values: list[object],
        new: bool,
        limit: int,
        timeout: int,
        should_stop: Callable[[], bool],
    ) -> tuple[Found | None, bool]:
        """Execute proposals until one fails, one reaches new blocks, or the share is used up.

        Args:
            values: the input of the call.
            new: it is to be studied; then the whole call may be used.
            limit: executions of the call, 0 without a limit.
            timeout: nanoseconds of the call.
            should_stop: tells whether the call is over.

        Returns:
            What was found, if anything, and whether random mutations may follow. What was found is
            in the shared memory; otherwise that is as it was.
        """
        solver, memory = self._solver, self._memory
        self._havoc.remember(values)
        if new:
            solver.add(values)
        self._turn += 1
        rich = self._credit >= LEAST_CREDIT
        solved = rich and solver.busy and (new or self._turn % 2 == 0)
        share = 1 if solved and new else OTHER_SHARE if solved else self._share
        most = limit
        if limit and share > 1:
            most = max(limit // share // self._chain, 1) * self._chain
            if most >= limit:
                return None, True
        data = memory.value
        if self.pump is not None:
            if new:
                self.pump.add(values)
            found = self._try_pumped(self.pump, most, should_stop)
            if found is not None:
                return found, False
        if solved:
            solver.start()
            try:
                found = self._try_proposals(self._next_solved, most, timeout // share, should_stop)
            finally:
                solver.stop()
        else:
            found = self._try_changes(values, most, timeout // share, should_stop)
        if found is not None:
            found.solved = solved
            if self._stands(found):
                return found, False
        memory.value = data
        memory.raw = False
        # Random mutations can be replayed from the start of a chain only.
        more = memory.count % self._chain == 0 and not 0 < limit <= memory.count
        return None, more

    def _next_solved(self) -> list[object] | None:
        if self._credit <= 0:
            return None
        candidate = self._solver.next()
        self._credit -= BASE_PRICE + len(self._solver.events) // EVENTS_PRICED
        return candidate

    def _try_changes(
        self, values: list[object], most: int, timeout: int, should_stop: Callable[[], bool]
    ) -> Found | None:
        """Execute random changes of an input; they get more turns when they reach something."""
        mutated, before = self._havoc.mutated, self._memory.count
        found = self._try_proposals(lambda: mutated(values), most, timeout, should_stop)
        rounds = self._luckless // UNLUCKY
        self._luckless += self._memory.count - before
        if found is not None:
            self._luckless, self._share = 0, max(self._share // 2, OTHER_SHARE)
            found.words = self._havoc.used_words
        elif self._luckless // UNLUCKY > rounds:
            self._share = min(self._share * 2, SMALLEST_SHARE)
            if self._luckless // UNLUCKY % RELAXING == 0:
                self._havoc.double_max_length()
        return found

    def _try_pumped(self, pump: Pump, most: int, should_stop: Callable[[], bool]) -> Found | None:
        """Execute inputs with repeated parts; what they reach makes none of them interesting."""
        memory = self._memory
        pump.detector.enabled = True
        try:
            while not should_stop() and not 0 < most <= memory.count:
                values = pump.next()
                if values is None:
                    return None
                memory.value = corpus.marshal(self._kinds, values)
                memory.raw = True
                memory.count += 1
                failure = self._run(values)
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
            self._memory.count += 1
            failure = self._run(found.values)
            if failure is None and found.failure.from_recursion():
                return False
            found.failure = failure or found.failure
        return True

    def _try_proposals(
        self,
        propose: Callable[[], list[object] | None],
        most: int,
        timeout: int,
        should_stop: Callable[[], bool],
    ) -> Found | None:
        run, is_new = self._run, self._coverage.is_new
        memory, counts, chain = self._memory, self._memory.counts, self._chain
        clock = time.perf_counter_ns
        end = clock() + (timeout or 1 << 62)
        while not should_stop():
            if 0 < most <= counts[0] or (counts[0] % chain == 0 and clock() >= end):
                return None
            values = propose()
            if values is None:
                return None
            memory.value = corpus.marshal(self._kinds, values)
            memory.raw = True
            counts[0] += 1
            failure = run(values)
            if failure is not None:
                return Found(values, failure, None)
            if is_new():
                return Found(values, None, self._coverage.snapshot())
        return None


def _havoc_of(kinds: Sequence[Kind], words: Sequence[bytes], rng: PCG) -> Havoc:
    if any(kind.is_structured for kind in kinds):
        from fuzzengine.mutation.tree_havoc import TreeHavoc

        return TreeHavoc(kinds, words, rng)
    return Havoc(kinds, words, rng)
