"""Counts lines of code that has no source, with sys.monitoring (Python 3.12 and later).

The event of a line is disabled once it was seen, so that code runs at full speed after all of its
lines were reached. In exchange a line counts only the first time in a process.
"""

from __future__ import annotations

import sys
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fuzzengine.instrument.coverage import Coverage

_TOOL_IDS = (4, 3, 5, 2)


class LineCounters:
    """Counts the lines of code objects; there is one for a process."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool: int | None = None
        self._counters: dict[tuple[int, int], int] = {}  # (id of a code object, line) -> counter
        self._codes: list[CodeType] = []  # keeps code objects alive, so that no id is used again

    def add(self, code: CodeType, module: str) -> bool:
        """Count the lines of a module's functions; return False if Python cannot report them."""
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
            self._codes.append(inner)
            self._monitoring.set_local_events(self._tool, inner, self._monitoring.events.LINE)
        return True

    def _start(self) -> bool:
        monitoring = self._monitoring
        free = [tool for tool in _TOOL_IDS if monitoring and monitoring.get_tool(tool) is None]
        if not free:
            return False
        self._tool = free[0]
        monitoring.use_tool_id(self._tool, "fuzzengine")
        monitoring.register_callback(self._tool, monitoring.events.LINE, self._on_line)
        return True

    def _on_line(self, code: CodeType, line: int) -> Any:
        index = self._counters.get((id(code), line))
        if index is not None:
            self._coverage.counters[index] = 1
        return self._monitoring.DISABLE


def _functions(code: CodeType) -> list[CodeType]:
    """Return the code objects of the functions in a module or class, in source order."""
    found = []
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & _OPTIMIZED:
                found.append(const)
            found.extend(_functions(const))
    return found


_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: a function, neither module nor class
