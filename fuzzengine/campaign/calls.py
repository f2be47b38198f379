"""The calls of a coordinator to a worker, and the results of their answers (Go: workerClient)."""

from __future__ import annotations

from fuzzengine.base.bounded import LOG_LIMIT, shorten
from fuzzengine.base.failure import Failure
from fuzzengine.campaign.tasks import MinimizeTask, Result
from fuzzengine.corpus.encoding import marshal, unmarshal, unmarshal_bare
from fuzzengine.corpus.entry import Entry, entry_name
from fuzzengine.ipc import messages
from fuzzengine.types.kinds import is_minimizable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.campaign.tasks import Input
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind


MAX_UNSHRUNK = 1024
"""Number of bytes above which inputs of the solver are minimized: length checks make them long."""


class InternalError(Exception):
    """A worker could not serve a call; that is no failure of an input."""


def failure_in(answer: dict[str, Any]) -> Failure | None:
    """Return the failure in an answer, or None. A worker of Go sends only its text."""
    if not answer.get("Err"):
        return None
    failure = Failure(shorten(answer["Err"], LOG_LIMIT))
    more = answer.get("Failure")
    if more is not None:
        failure.kind = more["Kind"]
        failure.message = shorten(more["Message"], LOG_LIMIT)
        failure.frames = tuple((file, line) for file, line in more["Frames"])
    return failure


class FuzzCall:
    """Try mutations of an input, or execute it once unmodified.

    `go_scratch_bug` says that the worker is Go's; see `Mutator` for that and for `valid_text`.
    """

    minimizing = False

    def __init__(
        self,
        task: Input,
        *,
        mask: bytes | None,
        kinds: Sequence[Kind] = (),
        go_scratch_bug: bool = False,
        valid_text: bool = False,
    ) -> None:
        self.task = task
        self._valid_text = valid_text
        self._kinds = kinds
        self._mask = mask
        self._go_scratch_bug = go_scratch_bug
        self._data = b""

    def next_request(self, memory: SharedMemory) -> bytes | None:
        """Prepare the shared memory and return the call to send; None once it was sent.

        Raises:
            CorpusReadError: the file of the entry cannot be read.
        """
        if self._data:
            return None
        task = self.task
        self._put(task.entry.load(), memory)
        return messages.fuzz_call(
            task.timeout,
            task.limit,
            warmup=task.warmup,
            coverage=self._mask,
            solve=task.solve,
        )

    def result_of_answer(self, answer: dict[str, Any], memory: SharedMemory) -> Result:
        """Return the result of the answer.

        Raises:
            InternalError: the worker could not serve the call.
        """
        self._check(answer, memory)
        result = self._result(memory)
        result.failure = failure_in(answer)
        result.coverage = answer.get("CoverageData")
        result.duration = answer.get("InterestingDuration") or 0
        result.words = [word.encode("latin-1") for word in answer.get("Words") or ()]
        if result.failure is not None or (result.coverage is not None and not self.task.warmup):
            result.entry = self._rebuilt(memory)
            # A short input of the solver differs from its origin only where it must.
            solved = answer.get("Solved") and len(result.entry.data or b"") <= MAX_UNSHRUNK
            result.minimizable = result.failure is not None or not solved
        return result

    def result_of_loss(self, memory: SharedMemory) -> Result:
        """Return a result with the input that was running when the worker died."""
        result = self._result(memory)
        result.entry = self._rebuilt(memory)
        return result

    def _put(self, data: bytes, memory: SharedMemory) -> None:
        self._data = data
        memory.begin_call(data)

    def _check(self, answer: dict[str, Any], memory: SharedMemory) -> None:
        if answer.get("InternalErr"):
            raise InternalError(answer["InternalErr"])
        if not memory.raw and memory.value != self._data:
            raise InternalError("workerServer.fuzz modified input")

    def _result(self, memory: SharedMemory) -> Result:
        result = Result(self.task.entry, limit=self.task.limit, count=memory.count)
        result.warmup = self.task.warmup
        return result

    def _rebuilt(self, memory: SharedMemory) -> Entry:
        """Repeat the mutations of the worker, up to the last execution.

        An input of the solver is in the shared memory.
        """
        task = self.task
        data = self._data
        if memory.raw:
            data = memory.value
        elif not task.warmup and memory.count > 0:
            data = self._mutated(memory)
        return self._entry_of(data, task.entry)

    def _mutated(self, memory: SharedMemory) -> bytes:
        from fuzzengine.mutation.mutator import Mutator
        from fuzzengine.mutation.pcg import PCG

        kinds, values = unmarshal(self._data, self._kinds)
        rng = PCG(*memory.random_state)
        bug, valid = self._go_scratch_bug, self._valid_text
        mutator = Mutator(rng, go_scratch_bug=bug, valid_text=valid)
        for _ in range((memory.count - 1) % messages.CHAINED_MUTATIONS + 1):
            mutator.mutate(values, kinds, memory.capacity)
        return marshal(kinds, values)

    def _entry_of(self, data: bytes, origin: Entry) -> Entry:
        return Entry(
            entry_name(data)[:8],
            data,
            is_seed=self.task.warmup and origin.is_seed,
            parent=origin.path,
            generation=origin.generation + 1,
        )


class MinimizeCall:
    """Minimize an input, one argument after the other.

    `go_worker` says that the worker is Go's, whose coverage is that of the last input it tried.
    """

    minimizing = True

    def __init__(
        self, task: MinimizeTask, kinds: Sequence[Kind] = (), *, go_worker: bool = False
    ) -> None:
        self.task = task
        self._go_worker = go_worker
        self._wanted = kinds
        self._kinds: list[Kind] = []
        self._values: list[object] = []
        self._data = b""
        self._indexes: list[int] | None = None
        self._count = 0
        self._time_left = task.timeout
        self._executions_left = task.limit

    def next_request(self, memory: SharedMemory) -> bytes | None:
        """Prepare the shared memory and return the next call to send; None at the end.

        Raises:
            CorpusReadError: the file of the entry cannot be read.
        """
        if self._indexes is None:
            self._data = self.task.entry.load()
            self._kinds, self._values = unmarshal(self._data, self._wanted)
            self._indexes = [i for i, kind in enumerate(self._kinds) if is_minimizable(kind)]
        if not self._indexes:
            return None
        index = self._indexes[0]
        memory.begin_call(self._data)
        memory.smallest = 0
        return messages.minimize_call(
            self._time_left, self._executions_left, keep=self.task.keep, index=index
        )

    def sizes(self, memory: SharedMemory) -> tuple[int, int]:
        """Return the size of the input before, and that of the smallest one so far, in bytes."""
        before, now = len(self.task.entry.data or self._data), len(self._data)
        # A worker of Go leaves a random number there.
        return before, min(memory.smallest or now, now)

    def result_of_answer(self, answer: dict[str, Any], memory: SharedMemory) -> Result:
        """Return the result of the answers so far."""
        assert self._indexes is not None
        self._indexes.pop(0)
        self._count += memory.count
        if answer.get("WroteToMem"):
            self._data = memory.value
            self._kinds, self._values = unmarshal(self._data, self._wanted)
        if self.task.timeout:
            self._time_left -= answer.get("Duration") or 0
        if self.task.limit:
            self._executions_left -= memory.count
        done = self._time_left < 0 or (self.task.limit and self._executions_left <= 0)
        if done or (answer.get("Err") and self.task.failure is None):
            self._indexes.clear()
        return self._concluded(answer)

    def _concluded(self, answer: dict[str, Any]) -> Result:
        task = self.task
        result = self._result()
        result.failure = failure_in(answer)
        result.coverage = answer.get("CoverageData")
        if result.failure is None and task.failure is not None:
            result.failure = task.failure
        elif result.failure is None and (result.coverage is None or self._go_worker):
            # Another execution did not reach the same coverage: keep the input unmodified.
            result.coverage = task.keep
        result.shrunk = task.failure is not None
        if result.failure is not None and task.failure is None:
            # A failure of a candidate of an input that does not fail.
            result.minimizable = True
            result.earlier = self._original()
        return result

    def _original(self) -> list[Result]:
        """Return the input that was to be minimized, which is interesting as it is."""
        result = Result(self.task.entry, limit=0, count=0)
        result.coverage = self.task.keep
        return [result] if self.task.keep is not None else []

    def result_of_loss(self, memory: SharedMemory) -> Result:
        """Return a result with the candidate that was running when the worker died."""
        self._count += memory.count
        if memory.raw and self._indexes:
            index = self._indexes[0]
            self._values[index] = unmarshal_bare(self._kinds[index], memory.value)
            self._data = marshal(self._kinds, self._values)
        result = self._result()
        result.earlier = self._original()
        return result

    def result_of_interruption(self) -> Result:
        """Return the input as it was before, with its failure or coverage."""
        task = self.task
        result = Result(task.entry, limit=task.limit, count=self._count)
        result.failure = task.failure
        result.coverage = task.keep
        result.shrunk = task.failure is not None
        return result

    def _result(self) -> Result:
        entry = self.task.entry
        smaller = Entry(
            entry_name(self._data)[:8],
            self._data,
            parent=entry.parent,
            generation=entry.generation,
        )
        result = Result(smaller, limit=self.task.limit, count=self._count)
        result.shrunk = self.task.failure is not None
        return result
