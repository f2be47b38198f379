"""Tries mutations of inputs with structured values, as a part of a Fuzz call.

The input that runs is always in the shared memory, as the raw flag says, so that the coordinator
need not repeat mutations.
"""

from __future__ import annotations

from fuzzengine.ipc.messages import CHAINED_MUTATIONS
from fuzzengine.mutation.tree_mutator import TreeMutator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.base.failure import Failure
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.worker.harness import CallLimits, Harness


class TreeLoop:
    """Tries mutations of inputs with structured values."""

    def __init__(self, harness: Harness, mutator: Mutator) -> None:
        self._harness = harness
        self._tree_mutator = TreeMutator(mutator)

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
        mutate, execute, coverage = self._tree_mutator.mutate, harness.execute_raw, harness.coverage
        self._tree_mutator.remember(original, kinds)
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
