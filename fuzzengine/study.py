"""The part of a Fuzz call in which a worker tries what the solver proposes (Go has no such part).

A coordinator of ours asks for it with the field `Solve`. The input that runs is then not the given
one mutated so and so often: it is in the shared memory itself, which the raw flag says.
"""

from __future__ import annotations

import time

from fuzzengine import corpus
from fuzzengine.solver import Solver

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.coverage import Coverage
    from fuzzengine.execution import Execution
    from fuzzengine.kinds import Kind
    from fuzzengine.wire import SharedMemory

OTHER_SHARE = 2
"""A call that brings no new entry has 1/OTHER_SHARE of its executions for older studies."""


class Study:
    """Executes what the solver of this worker proposes."""

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
        self._solver = Solver(kinds, _flavours())
        self._values: list[object] = []

    def explore(
        self,
        values: list[object],
        new: bool,
        limit: int,
        timeout: int,
        should_stop: Callable[[], bool],
    ) -> tuple[str, bytes | None, bool]:
        """Execute proposals until one fails, one reaches new blocks, or the share is used up.

        Args:
            values: the input of the call.
            new: it is to be studied; then the whole call may be used.
            limit: executions of the call, 0 without a limit.
            timeout: nanoseconds of the call.
            should_stop: tells whether the call is over.

        Returns:
            The failure, or ""; the coverage if it is new; whether random mutations may follow.
            With a failure or coverage the input is in the shared memory, otherwise what was there.
        """
        solver, memory = self._solver, self._memory
        if new:
            solver.add(values)
        most = limit if new else limit // OTHER_SHARE // self._chain * self._chain
        if not solver.busy or (limit and not most):
            return "", None, True
        data = memory.value
        solver.start()
        try:
            time_left = timeout if new else timeout // OTHER_SHARE
            found = self._try_proposals(most, time_left, should_stop)
        finally:
            solver.stop()
        if found is not None:
            return (*found, False)
        memory.value = data
        memory.raw = False
        # Random mutations can be replayed from the start of a chain only.
        more = memory.count % self._chain == 0 and not 0 < limit <= memory.count
        return "", None, more

    def _try_proposals(
        self, most: int, timeout: int, should_stop: Callable[[], bool]
    ) -> tuple[str, bytes | None] | None:
        propose, run, is_new = self._solver.next, self._run, self._coverage.is_new
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
            if failure:
                return failure, None
            if is_new():
                return "", self._coverage.snapshot()
        return None


def _flavours() -> object:
    from fuzzengine import instrument
    from fuzzengine.flavours import Flavours

    installed = instrument.installed()
    return Flavours(installed) if installed is not None else None
