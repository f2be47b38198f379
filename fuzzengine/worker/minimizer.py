"""Makes an input smaller in a worker while it stays interesting (Go: minimizeInput)."""

from __future__ import annotations

from fuzzengine.instrument.coverage import has_common_bits, is_subset
from fuzzengine.mutation.minimize_bytes import minimize_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.base.failure import Failure
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.types.kinds import Kind

_REMEMBERED = 4096
"""States of the counters that are known not to do."""


class Shrunk:
    """The result: the values, their failure or None, and their own coverage."""

    __slots__ = ("coverage", "failure", "values")

    def __init__(self, values: list[object]) -> None:
        self.values = values
        self.failure: Failure | None = None
        self.coverage: bytes | None = None


def shrink(
    run: Callable[[list[object]], Failure | None],
    coverage: Coverage,
    memory: SharedMemory,
    values: list[object],
    index: int,
    keep: bytes | None,
    should_stop: Callable[[], bool],
    kind: Kind,
    same_bucket: bool = False,
) -> Shrunk | None:
    """Make the argument at an index smaller.

    A candidate is accepted if it fails, whatever the failure, or, as long as there was none, if
    it covers all of `keep`. With `same_bucket` it must fail in the same way as the input. Each
    candidate's bytes are in shared memory while it runs, so that they are not lost if it ends the
    process; of a structured argument, its line.

    Returns:
        The smallest that was found, which may be the input itself; None if the input does not
        fail, or not cover anything of `keep`, when it is run again, or there is no time.
    """
    if should_stop():
        return None
    best = Shrunk(values)
    memory.count += 1
    best.failure = run(values)
    if keep is None:
        if best.failure is None:
            return None
    else:
        best.coverage = coverage.snapshot()
        if best.failure is not None or not has_common_bits(keep, best.coverage):
            return None

    kept = _Kept(coverage, keep)

    def attempt(value: object, data: bytes) -> bool:
        tried = values[:]
        tried[index] = value
        memory.value = data
        memory.raw = True
        memory.count += 1
        failure = run(tried)
        if same_bucket and failure and best.failure and not failure.resembles(best.failure):
            return False
        got = None if failure or best.failure else kept.covering()
        if failure is None and got is None:
            return False
        best.values, best.failure, best.coverage = tried, failure, got
        return True

    if kind.is_structured:
        _minimize_structured(kind, values[index], attempt, should_stop)
    else:
        start, python_type = _bytes(values[index]), type(values[index])
        minimize_bytes(start, lambda data: attempt(_value(data, python_type), data), should_stop)
    return best


def _minimize_structured(
    kind: Kind,
    value: object,
    attempt: Callable[[object, bytes], bool],
    should_stop: Callable[[], bool],
) -> None:
    from fuzzengine.mutation.minimize_tree import minimize_tree
    from fuzzengine.types.base import StructuredType

    assert isinstance(kind, StructuredType)
    minimize_tree(kind, value, lambda tree, line: attempt(tree, line.encode()), should_stop)


class _Kept:
    """What a candidate that does not fail must cover."""

    __slots__ = ("_coverage", "_keep", "_refused")

    def __init__(self, coverage: Coverage, keep: bytes | None) -> None:
        self._coverage = coverage
        self._keep = keep
        self._refused: set[bytes] = set()  # states of the counters: most candidates repeat one

    def covering(self) -> bytes | None:
        """Return the coverage of the execution before if all of it is there, otherwise None."""
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
