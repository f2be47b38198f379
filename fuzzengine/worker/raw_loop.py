"""Tries mutations that the coordinator cannot repeat, as a part of a Fuzz call.

Such are those of structured values, and those of a harness's own mutator. The input that runs is
always in the shared memory, as the raw flag says.
"""

from __future__ import annotations

from fuzzengine.ipc.messages import CHAINED_MUTATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence
    from typing import Protocol

    from fuzzengine.base.failure import Failure
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.harness import CallLimits, Harness
else:
    Protocol = object


class InputMutator(Protocol):
    """Makes inputs from other inputs."""

    def remember(self, values: Sequence[object], kinds: Sequence[Kind]) -> None:
        """Store an input, to use parts of it in other inputs."""

    def mutate(
        self, values: MutableSequence[object], kinds: Sequence[Kind], max_bytes: int
    ) -> None:
        """Replace one of the values by a mutated one."""


class RawLoop:
    """Tries mutations of one input after the other."""

    def __init__(self, harness: Harness, mutator: InputMutator) -> None:
        self._harness = harness
        self._mutator = mutator

    def run(
        self, original: list[object], limits: CallLimits
    ) -> tuple[Failure | None, bytes | None]:
        """Try mutations until one fails, one reaches new blocks, or the call is over.

        Args:
            original: the input of the call.
            limits: the limits of the call.

        Returns:
            The failure or None, and the coverage of the new input or None.
        """
        harness, memory, kinds = self._harness, self._harness.memory, self._harness.kinds
        mutate, execute, coverage = self._mutator.mutate, harness.execute_raw, harness.coverage
        self._mutator.remember(original, kinds)
        values = original
        while not limits.should_stop():
            if memory.count % CHAINED_MUTATIONS == 0:
                values = original[:]
            mutate(values, kinds, memory.capacity)
            failure = execute(values)
            new = failure is None and harness.covering and coverage.is_new()
            if failure is not None or new:
                # The execution may have changed how a value is written.
                memory.value = harness.marshal(values)
                return failure, coverage.snapshot() if new else None
            if memory.count == limits.count:
                break
        return None, None
