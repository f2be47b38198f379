"""Installs the builtins that counting code uses, in Python or from the compiled module.

Builtins, so that no module's globals change (see names). Both variants count the same.
"""

from __future__ import annotations

import atexit
import builtins
import sys
from _operator import setitem

from fuzzengine.instrument import names
from fuzzengine.instrument.coverage import COVERAGE, Coverage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def install_builtins(coverage: Coverage) -> bool:
    """Install the builtins of counting code; return whether the compiled module counts."""
    if getattr(builtins, names.COUNTERS, None) is not coverage.counters:
        for name, value in counting_builtins(coverage.counters).items():
            setattr(builtins, name, value)
        coverage.hits = getattr(builtins, names.HITS)
        atexit.register(_prepare_for_exit)
    return coverage.hits is not None


def counting_builtins(counters: bytearray) -> dict[str, Any]:
    """Return the builtins of code that counts in these counters, by name."""

    def first(index: int) -> bool:
        counters[index] = 1
        return True

    return {
        names.COUNTERS: counters,
        names.STEP: tuple(min(n + 1, 255) for n in range(256)),
        names.FIRST: first,
        names.STORE: setitem,
        names.HITS: compiled_hits(counters),
    }


def compiled_hits(counters: bytearray) -> Any:
    """Return the compiled module's `Hits` of these counters, or None if it was not built."""
    try:
        from fuzzengine.instrument import _counters  # type: ignore[attr-defined]
    except ImportError:
        return None
    return _counters.Hits(counters)


class StepCounter:
    """Counts how often counters are incremented, and ends code that does it too often.

    Attributes:
        count: the number of steps between `start` and `stop`.
    """

    def __init__(self, limit: int, error: BaseException) -> None:
        """Args: `error` is raised by each step after the first `limit`."""
        self.count = 0
        self._limit = limit
        self._error = error
        self._hits = getattr(builtins, names.HITS, None)
        self._table = getattr(builtins, names.STEP, None)

    def start(self) -> None:
        """Start counting."""
        if self._hits is not None:
            self._hits.limit(self._limit, self._error)
        elif self._table is not None:
            setattr(builtins, names.STEP, self)

    def stop(self) -> None:
        """Stop counting, and set `count`."""
        if self._hits is not None:
            self.count = self._hits.unlimit()
        elif self._table is not None:
            setattr(builtins, names.STEP, self._table)

    def __getitem__(self, value: int) -> int:
        """Count a step and return the successor, in place of the table of successors."""
        self.count += 1
        if self.count > self._limit:
            raise self._error
        return min(value + 1, 255)


def _prepare_for_exit() -> None:
    """Copy the builtins into the modules, as builtins are cleared before the last __del__ runs."""
    installed = {name: getattr(builtins, name) for name in names.NAMES}
    for module in COVERAGE.modules():
        loaded = sys.modules.get(module)
        if loaded is not None:
            vars(loaded).update(installed)
