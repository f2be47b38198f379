"""Counters for code without source: the lines it reports, on Python 3.12 and later.

An event for a line disables itself when it was seen, so that code runs at full speed once all of
its lines were reached; in exchange a line counts only the first time in a process.
"""

from __future__ import annotations

import sys
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fuzzengine.instrument.coverage import Coverage

_TOOLS = (4, 3, 5, 2)


class Lines:
    """Watches the lines of code objects; one for a process."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool: int | None = None
        self._counters: dict[tuple[int, int], int] = {}  # identity of a code, line -> counter
        self._watched: list[CodeType] = []  # kept alive, so that identities stay theirs

    def watch(self, code: CodeType, module: str) -> bool:
        """Count the lines of a module's functions; return False where that cannot be done."""
        if self._tool is None and not self._start():
            return False
        found: list[tuple[CodeType, int]] = []
        for inner in _functions(code):
            lines = {line for _, _, line in inner.co_lines() if line}
            found.extend((inner, line) for line in sorted(lines))
        base = self._coverage.register(module, len(found))
        for index, (inner, line) in enumerate(found):
            self._counters[id(inner), line] = base + index
        for inner in {id(inner): inner for inner, _ in found}.values():
            self._watched.append(inner)
            self._monitoring.set_local_events(self._tool, inner, self._monitoring.events.LINE)
        return True

    def _start(self) -> bool:
        monitoring = self._monitoring
        free = [tool for tool in _TOOLS if monitoring and monitoring.get_tool(tool) is None]
        if not free:
            return False
        self._tool = free[0]
        monitoring.use_tool_id(self._tool, "fuzzengine")
        monitoring.register_callback(self._tool, monitoring.events.LINE, self._take)
        return True

    def _take(self, code: CodeType, line: int) -> Any:
        index = self._counters.get((id(code), line))
        if index is not None:
            self._coverage.counters[index] = 1
        return self._monitoring.DISABLE


def _functions(code: CodeType) -> list[CodeType]:
    """The code objects of functions in a module or class, in the order in which they are there."""
    found = []
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & _OPTIMIZED:
                found.append(const)
            found.extend(_functions(const))
    return found


_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: a function, neither module nor class
