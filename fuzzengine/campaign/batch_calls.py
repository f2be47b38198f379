"""Calls that execute inputs unmodified: several inputs once each, or one input several times.

Go makes one call for each input, and executes none twice.
"""

from __future__ import annotations

from fuzzengine.campaign.calls import FuzzCall, InternalError, failure_in
from fuzzengine.campaign.tasks import Result
from fuzzengine.ipc.messages import fuzz_call
from fuzzengine.schedule.stability import RUNS, unstable_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.campaign.tasks import CheckTask, WarmUpTask
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind

_MOST_BYTES = 1 << 20


class WarmUpCall(FuzzCall):
    """Execute the inputs of a task once each, in order, until one fails or the time is up."""

    def __init__(self, task: WarmUpTask, *, mask: bytes | None, kinds: Sequence[Kind]) -> None:
        super().__init__(task, mask=mask, kinds=kinds)
        self._entries = [task.entry, *task.more]
        self._pieces: list[bytes] = []

    def next_request(self, memory: SharedMemory) -> bytes | None:
        """Return the call to send, with as many inputs as it may hold; None once it was sent.

        Raises:
            CorpusReadError: the file of an entry cannot be read.
        """
        if self._pieces:
            return None
        ranges: list[tuple[int, int]] = []
        end = 0
        for entry in self._entries:
            data = entry.load()
            start, end = end, end + len(data)
            if ranges and end > _MOST_BYTES:
                break
            ranges.append((start, end))
            self._pieces.append(data)
        self._put(b"".join(self._pieces), memory)
        timeout = self.task.timeout
        return fuzz_call(timeout, len(ranges), warmup=True, coverage=self._mask, batch=ranges)

    def result_of_answer(self, answer: dict[str, Any], memory: SharedMemory) -> Result:
        """Return the result of the last input that was executed; its `earlier` has the others.

        Raises:
            InternalError: the worker could not serve the call.
        """
        self._check(answer, memory)
        results = []
        for place, (coverage, duration) in enumerate(runs_of(answer, memory)):
            result = self._result_at(place)
            result.coverage, result.duration = coverage, duration
            results.append(result)
        last = results.pop()
        last.failure = failure_in(answer)
        if last.failure is not None:
            self._blame(last, len(results))
        last.earlier, last.unrun = results, self._entries[len(results) + 1 :]
        return last

    def result_of_loss(self, memory: SharedMemory) -> Result:
        """Return a result with the input that was running; the results of others are lost."""
        place = max(memory.count, 1) - 1
        result = self._result_at(place)
        result.count = min(memory.count, 1)
        self._blame(result, place)
        result.unrun = self._entries[:place] + self._entries[place + 1 :]
        return result

    def _result_at(self, place: int) -> Result:
        result = Result(self._entries[place], limit=1, count=1)
        result.warmup = True
        return result

    def _blame(self, result: Result, place: int) -> None:
        result.entry = self._entry_of(self._pieces[place], self._entries[place])
        result.minimizable = True


class CheckCall(FuzzCall):
    """Execute an input several times in a row, to find unstable counters."""

    def __init__(self, task: CheckTask, *, mask: bytes | None, kinds: Sequence[Kind]) -> None:
        super().__init__(task, mask=mask, kinds=kinds)
        self._runs: list[bytes] = []
        self._count = 0
        self._failed = False

    def next_request(self, memory: SharedMemory) -> bytes | None:
        """Return the next call to send; None after enough executions.

        Raises:
            CorpusReadError: the file of the entry cannot be read.
        """
        if self._failed or self._count >= RUNS:
            return None
        self._put(self.task.entry.load(), memory)
        mask, self._mask = self._mask, None
        ranges = [(0, len(self._data))] * (RUNS - self._count)
        timeout = self.task.timeout
        return fuzz_call(timeout, len(ranges), warmup=True, coverage=mask, batch=ranges)

    def result_of_answer(self, answer: dict[str, Any], memory: SharedMemory) -> Result:
        """Return the result of the answers so far."""
        result = super().result_of_answer(answer, memory)
        self._runs += [run for run, _ in runs_of(answer, memory) if run is not None]
        self._count += memory.count
        result.count, result.warmup = self._count, False
        self._failed = result.failure is not None
        result.unstable_bits = unstable_bits(self._runs[1:])
        return result

    def result_of_loss(self, memory: SharedMemory) -> Result:
        """Return a result with the input, which killed the worker."""
        result = super().result_of_loss(memory)
        result.count, result.warmup = self._count + memory.count, False
        return result


def runs_of(answer: dict[str, Any], memory: SharedMemory) -> list[tuple[bytes | None, int]]:
    """Return the coverage and the nanoseconds of each execution that an answer lists.

    Raises:
        InternalError: the list is empty, or its length is not the number of executions.
    """
    try:
        coverages = answer["Coverages"]
        runs = [
            (None if place is None else coverages[place], nanoseconds)
            for place, nanoseconds in answer["Runs"]
        ]
    except (LookupError, TypeError, ValueError):
        runs = []
    if not runs or len(runs) != memory.count:
        raise InternalError(f"the worker lists {len(runs)} of {memory.count} executions")
    return runs
