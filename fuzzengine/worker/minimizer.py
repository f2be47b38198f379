"""Makes an input smaller in a worker while it stays interesting (Go: minimizeInput)."""

from __future__ import annotations

import time

from fuzzengine.instrument.coverage import has_common_bits, is_subset
from fuzzengine.mutation.minimize_bytes import minimize_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.base.failure import Failure
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.harness import Harness

_REMEMBERED = 4096
"""States of the counters that are known not to do."""

_SIZE_INTERVAL = 100_000_000
"""The least nanoseconds between two measurements of the smallest input, for the display."""

# The code under test may replace it.
_clock = time.perf_counter_ns


class _FailureFound(Exception):
    """A candidate of an input that does not fail has failed."""


class Shrunk:
    """The result: the values, their failure or None, and their own coverage."""

    __slots__ = ("coverage", "failure", "values")

    def __init__(self, values: list[object]) -> None:
        self.values = values
        self.failure: Failure | None = None
        self.coverage: bytes | None = None


class Minimizer:
    """Minimizes the arguments of an input.

    A candidate is accepted if it fails in the same way as the input or, for an input that does not
    fail, if it covers all of `keep`. In the second case the first candidate that fails ends the
    call: a later one could end the worker before the coordinator knows of the failure.

    While a candidate runs its bytes are in the shared memory, so that they are not lost if it kills
    the process. Of a structured argument that is its line.
    """

    def __init__(
        self,
        harness: Harness,
        keep: bytes | None,
        should_stop: Callable[[], bool],
        *,
        same_bucket: bool,
    ) -> None:
        """Prepare for one call.

        Args:
            harness: executes candidates.
            keep: the bits that a candidate must cover; None if it must fail.
            should_stop: returns True once the call is over.
            same_bucket: a candidate must fail in the same way as the input.
        """
        self._harness = harness
        self._keep = keep
        self._should_stop = should_stop
        self._same_bucket = same_bucket

    def shrink(self, values: list[object], index: int) -> Shrunk | None:
        """Minimize the argument at an index.

        Returns:
            The smallest input that was found, which may be the given one, or the first that fails
            although it need not; None if the given one does not fail or cover any bit of `keep`
            when it is executed again, or if the time is over.
        """
        best = None if self._should_stop() else self._reproduced(values)
        if best is None:
            return None
        if self._keep is not None and best.failure is not None:
            return best
        memory, kept = self._harness.memory, _Kept(self._harness.coverage, self._keep)
        memory.failing = False
        next_size = _clock() + _SIZE_INTERVAL

        def note_size() -> None:
            nonlocal next_size
            if _clock() >= next_size:
                memory.smallest = len(self._harness.marshal(best.values))
                next_size = _clock() + _SIZE_INTERVAL

        def attempt(value: object, data: bytes) -> bool:
            tried = values[:]
            tried[index] = value
            memory.value = data
            memory.raw = True
            failure = self._harness.execute(tried)
            if failure is not None and best.failure is None:
                best.values, best.failure, best.coverage = tried, failure, None
                raise _FailureFound
            memory.failing = False
            if not self._is_same(failure, best.failure):
                return False
            got = None if failure else kept.covering()
            if failure is None and got is None:
                return False
            best.values, best.failure, best.coverage = tried, failure, got
            note_size()
            return True

        kind, start = self._harness.kinds[index], values[index]
        if best.failure is not None and (smaller := self._shrunk(kind, start)) is not None:
            attempt(smaller, kind.write(smaller).encode())  # type: ignore[attr-defined]
            return best
        try:
            _minimize(kind, start, attempt, self._should_stop)
        except _FailureFound:
            return best
        return best

    def _shrunk(self, kind: Kind, value: object) -> object | None:
        """Return a smaller value that the kind itself has found, or None if it cannot."""
        shrink = getattr(kind, "shrink", None)
        if shrink is None:
            return None
        memory = self._harness.memory

        def before() -> bool:
            memory.count += 1
            return self._should_stop()

        return shrink(value, before)  # type: ignore[no-any-return]

    def _reproduced(self, values: list[object]) -> Shrunk | None:
        """Execute the input again; return None if it is not interesting this time."""
        found = Shrunk(values)
        found.failure = self._harness.execute(values)
        if found.failure is not None:
            return found
        if self._keep is None:
            return None
        found.coverage = self._harness.coverage.snapshot()
        return found if has_common_bits(self._keep, found.coverage) else None

    def _is_same(self, failure: Failure | None, before: Failure | None) -> bool:
        """Whether the failure of a candidate is acceptable after the one before."""
        if not self._same_bucket or failure is None or before is None:
            return True
        return failure.resembles(before)


def _minimize(
    kind: Kind,
    value: object,
    attempt: Callable[[object, bytes], bool],
    should_stop: Callable[[], bool],
) -> None:
    if not kind.is_structured:
        python_type = type(value)
        minimize_bytes(
            _bytes(value), lambda data: attempt(_value(data, python_type), data), should_stop
        )
        return
    from fuzzengine.mutation.minimize_tree import minimize_tree
    from fuzzengine.types.base import StructuredType

    assert isinstance(kind, StructuredType)
    minimize_tree(kind, value, lambda tree, line: attempt(tree, line.encode()), should_stop)


class _Kept:
    """Checks the coverage of candidates that do not fail."""

    __slots__ = ("_coverage", "_keep", "_refused")

    def __init__(self, coverage: Coverage, keep: bytes | None) -> None:
        self._coverage = coverage
        self._keep = keep
        self._refused: set[bytes] = set()  # states of the counters: most candidates repeat one

    def covering(self) -> bytes | None:
        """Return the coverage of the last execution if it has all bits to keep, or else None."""
        state = bytes(self._coverage.counters)
        if self._keep is None or state in self._refused:
            return None
        got = self._coverage.snapshot()
        if is_subset(self._keep, got):
            return got
        if len(self._refused) >= _REMEMBERED:
            self._refused.clear()
        self._refused.add(state)
        return None


def _value(data: bytes, python_type: type) -> object:
    return data.decode("utf-8", "surrogateescape") if python_type is str else data


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    assert isinstance(value, bytes)
    return value
