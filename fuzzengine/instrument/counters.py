"""What the code at a block calls to count it: in Python, or compiled where that was built.

`provide` puts it into the builtins under the names of marks.py, so that no module's globals
change; blockcode.py writes the code that uses these names. Both ways count the same.
"""

from __future__ import annotations

import atexit
import builtins
import sys
from operator import setitem

from fuzzengine.instrument import names as marks
from fuzzengine.instrument.coverage import COVERAGE, Coverage

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any


def provide(coverage: Coverage) -> bool:
    """Put what counting code uses into the builtins; tell whether it is the compiled one."""
    if getattr(builtins, marks.COUNTERS, None) is not coverage.counters:
        for name, value in names(coverage.counters).items():
            setattr(builtins, name, value)
        coverage.hits = getattr(builtins, marks.HITS)
        atexit.register(_prepare_for_exit)
    return coverage.hits is not None


def names(counters: bytearray) -> dict[str, Any]:
    """Return what counting code uses for these counters, by name; HITS is None if not built."""

    def first(index: int) -> bool:
        counters[index] = 1
        return True

    return {
        marks.COUNTERS: counters,
        marks.STEP: tuple(min(n + 1, 255) for n in range(256)),
        marks.FIRST: first,
        marks.STORE: setitem,
        marks.HITS: compiled(counters),
    }


def compiled(counters: bytearray) -> Any:
    """Return `Hits` for these counters, None where the compiled module was not built."""
    try:
        from fuzzengine.instrument import _counters  # type: ignore[attr-defined]
    except ImportError:
        return None
    return _counters.Hits(counters)


class Steps:
    """Counts the steps of all counters, and ends what runs after too many, between two calls."""

    def __init__(self, most: int, stop: BaseException) -> None:
        self.count = 0
        self._most = most
        self._stop = stop
        self._hits = getattr(builtins, marks.HITS, None)
        self._table = getattr(builtins, marks.STEP, None)

    def begin(self) -> None:
        """Count from now on; each step after the first `most` raises `stop`."""
        if self._hits is not None:
            self._hits.limit(self._most, self._stop)
        elif self._table is not None:
            setattr(builtins, marks.STEP, self)

    def end(self) -> None:
        """Count no more; `count` is how many steps there were."""
        if self._hits is not None:
            self.count = self._hits.unlimit()
        elif self._table is not None:
            setattr(builtins, marks.STEP, self._table)

    def __getitem__(self, value: int) -> int:
        """Stand in for the table by which counters are stepped in Python."""
        self.count += 1
        if self.count > self._most:
            raise self._stop
        return min(value + 1, 255)


def _prepare_for_exit() -> None:
    """Copy the names into the modules: the builtins are emptied before the last __del__ runs."""
    provided = {name: getattr(builtins, name) for name in marks.NAMES}
    for module in COVERAGE.modules():
        loaded = sys.modules.get(module)
        if loaded is not None:
            vars(loaded).update(provided)
