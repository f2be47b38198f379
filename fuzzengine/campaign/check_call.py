"""Runs an input by itself a few times, to see which locations flicker."""

from __future__ import annotations

from fuzzengine.campaign.batch_calls import runs_of
from fuzzengine.campaign.calls import FuzzCall
from fuzzengine.ipc.messages import fuzz_call
from fuzzengine.schedule.stability import RUNS, flicker

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.campaign.tasks import Input, Result
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind


class CheckCall(FuzzCall):
    """Run an input by itself a few times."""

    def __init__(self, task: Input, *, mask: bytes | None, kinds: Sequence[Kind]) -> None:
        super().__init__(task, mask=mask, kinds=kinds)
        self._runs: list[bytes] = []
        self._count = 0
        self._failed = False

    def next_request(self, memory: SharedMemory) -> bytes | None:
        """Return the next call to send, None when there were enough.

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

    def take_answer(self, answer: dict[str, Any], memory: SharedMemory) -> Result:
        """Return what the answers so far say."""
        result = super().take_answer(answer, memory)
        self._runs += [run for run, _ in runs_of(answer, memory) if run is not None]
        self._count += memory.count
        result.count, result.warmup = self._count, False
        self._failed = result.failure is not None
        result.flicker = flicker(self._runs[1:])
        return result

    def take_loss(self, memory: SharedMemory) -> Result:
        """Return a result with the input, which ended the worker."""
        result = super().take_loss(memory)
        result.count, result.warmup = self._count + memory.count, False
        return result
