"""Tries random changes of structured inputs in a worker, as part of a Fuzz call.

What runs is always in the shared memory itself, as the raw flag says: nothing need be replayed.
"""

from __future__ import annotations

from fuzzengine.ipc.messages import CHAINED_MUTATIONS
from fuzzengine.mutation.tree_mutator import TreeMutator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.base.failure import Failure
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.worker.harness import CallLimits, Harness


class Explorer:
    """Tries changes of inputs in a worker."""

    def __init__(self, harness: Harness, mutator: Mutator) -> None:
        self._harness = harness
        self._tree_mutator = TreeMutator(mutator)

    def explore(
        self, original: list[object], limits: CallLimits
    ) -> tuple[Failure | None, bytes | None]:
        """Try changes until one fails, one reaches new blocks, or it is time to stop.

        Args:
            original: the input of the call.
            limits: when the call is over.

        Returns:
            A failure or None, and the coverage of what is new or None.
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
            if failure is not None:
                # By now a value may have learned how to show itself.
                memory.value = harness.marshal(values)
                return failure, None
            if harness.covering and coverage.is_new():
                return None, coverage.snapshot()
            if memory.count == limits.count:
                break
        return None, None
