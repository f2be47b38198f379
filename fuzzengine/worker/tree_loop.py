"""Tries random changes of structured inputs in a worker, as part of a Fuzz call.

What runs is always in the shared memory itself, as the raw flag says: nothing need be replayed.
"""

from __future__ import annotations

from fuzzengine.corpus import entry as corpus
from fuzzengine.mutation.tree_mutator import TreeMutator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.executor import Execution


class Explorer:
    """Tries changes of inputs in a worker."""

    def __init__(
        self,
        execution: Execution,
        kinds: Sequence[Kind],
        coverage: Coverage,
        memory: SharedMemory,
        mutator: Mutator,
    ) -> None:
        self._run = execution.run
        self._kinds = kinds
        self._coverage = coverage
        self._memory = memory
        self._tree_mutator = TreeMutator(mutator)

    def explore(
        self,
        original: list[object],
        chain: int,
        limit: int,
        should_stop: Callable[[], bool],
        *,
        covering: bool,
    ) -> tuple[Failure | None, bytes | None]:
        """Try changes until one fails, one reaches new blocks, or it is time to stop.

        Args:
            original: the input of the call.
            chain: so many changes are made on top of each other.
            limit: executions of the call, 0 without a limit.
            should_stop: tells whether the call is over.
            covering: whether new blocks count.

        Returns:
            A failure or None, and the coverage of what is new or None.
        """
        memory, counts, kinds = self._memory, self._memory.counts, self._kinds
        mutate, run, is_new = self._tree_mutator.mutate, self._run, self._coverage.is_new
        self._tree_mutator.remember(original, kinds)
        values = original
        while not should_stop():
            if counts[0] % chain == 0:
                values = original[:]
            mutate(values, kinds, memory.capacity)
            memory.value = corpus.marshal(kinds, values)
            memory.raw = True
            counts[0] += 1
            failure = run(values)
            if failure is not None:
                # By now a value may have learned how to show itself.
                memory.value = corpus.marshal(kinds, values)
                return failure, None
            if covering and is_new():
                return None, self._coverage.snapshot()
            if counts[0] == limit:
                break
        return None, None
