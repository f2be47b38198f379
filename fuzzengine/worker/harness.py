"""A fuzz target in a worker, with its coverage and its shared memory."""

from __future__ import annotations

from fuzzengine.worker.guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.base.failure import Failure
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.executor import Execution


class Harness:
    """A fuzz target in a worker.

    Attributes:
        execution: executes the target.
        kinds: the types of its arguments.
        structured: whether one of them is a type that Go does not have.
        coverage: the counters of this process.
        covering: whether the coordinator has sent a mask, so that new coverage counts.
        memory: the memory that is shared with the coordinator.
        guard: undoes what the target does to the interpreter.
    """

    __slots__ = (
        "_encoding",
        "coverage",
        "covering",
        "execution",
        "guard",
        "kinds",
        "memory",
        "structured",
    )

    def __init__(
        self,
        execution: Execution,
        kinds: Sequence[Kind],
        coverage: Coverage,
        memory: SharedMemory,
        guard: Guard | None = None,
    ) -> None:
        self.execution = execution
        self.kinds = list(kinds)
        self.structured = any(kind.is_structured for kind in kinds)
        self.coverage = coverage
        self.covering = False
        self.memory = memory
        self.guard = guard or Guard(memory)
        self._encoding: Any = None

    def set_mask(self, mask: bytes | None) -> None:
        """Set the mask of the known bits; None keeps the last one.

        Raises:
            ValueError: the mask has another size than the coverage.
        """
        if mask is not None:
            self.coverage.set_mask(mask)
            self.covering = True

    def execute(self, values: Sequence[object]) -> Failure | None:
        """Count an execution and make it; return its failure, or None."""
        self.memory.count += 1
        return self.execution.run(values)

    def execute_raw(self, values: list[object]) -> Failure | None:
        """Execute the target; the input is in the shared memory meanwhile."""
        self.memory.value = self.marshal(values)
        self.memory.raw = True
        return self.execute(values)

    def unmarshal(self, data: bytes) -> list[object]:
        """Return the values of an input.

        Raises:
            ValueError: the input is malformed, or does not fit the target.
        """
        encoding = self._encoding or self._load_encoding()
        values: list[object]
        kinds, values = encoding.unmarshal(data, self.kinds)
        encoding.check(kinds, self.kinds)
        return values

    def marshal(self, values: list[object]) -> bytes:
        """Return values as a corpus file."""
        encoding = self._encoding or self._load_encoding()
        data: bytes = encoding.marshal(self.kinds, values)
        return data

    def _load_encoding(self) -> Any:
        """Import the module for corpus files, once: the target may remove it."""
        from fuzzengine.corpus import encoding

        self._encoding = encoding
        return encoding


class CallLimits:
    """The limits of one call.

    Attributes:
        count: the number of executions; 0 without a limit.
        timeout: the time in nanoseconds; 0 without a limit.
        should_stop: returns True once the time is over or the coordinator is gone.
    """

    __slots__ = ("count", "should_stop", "timeout")

    def __init__(self, count: int, timeout: int, should_stop: Callable[[], bool]) -> None:
        self.count = count
        self.timeout = timeout
        self.should_stop = should_stop
