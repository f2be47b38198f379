"""Bounds the size of reports: shortens long texts and logs in the middle."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque

TEXT_LIMIT = 64 << 10
"""The maximum length of one text in a report, in characters."""

LINE_LIMIT = 2000
"""The maximum number of lines of one text in a report."""

LOG_LIMIT = 1 << 20
"""The maximum length of the log of one test, in characters."""


def shorten(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return a text with the middle left out if it has too many characters or lines.

    A line in its place says how much is missing.
    """
    half, half_lines = limit // 2, LINE_LIMIT // 2
    if len(text) <= limit and text.count("\n") <= LINE_LIMIT:
        return text
    start = "\n".join(text[:half].split("\n")[:half_lines])
    end = "\n".join(text[max(len(start), len(text) - half) :].split("\n")[-half_lines:])
    lines = text.count("\n", len(start), len(text) - len(end))
    omission = _omission(len(text) - len(start) - len(end), lines)
    return f"{start}\n{omission}{end}"


def _omission(count: int, lines: int = 0) -> str:
    more = f" ({lines:,} lines)" if lines else ""
    return f"... {count:,} characters{more} left out ...\n"


class BoundedLog:
    """A log of which the beginning and the end are kept."""

    __slots__ = ("_end", "_end_size", "_limit", "_omitted", "_start", "_start_size")

    def __init__(self, limit: int = LOG_LIMIT) -> None:
        self._limit = limit // 2
        self.clear()

    def clear(self) -> None:
        """Remove everything."""
        self._start: list[str] = []
        self._end: deque[str] | None = None
        self._start_size = self._end_size = self._omitted = 0

    def append(self, text: str) -> None:
        """Add a text; it is kept or left out as a whole."""
        if self._end is None:
            if self._start_size + len(text) <= self._limit:
                self._start.append(text)
                self._start_size += len(text)
                return
            from collections import deque

            self._end = deque()
        self._end.append(text)
        self._end_size += len(text)
        while self._end_size > self._limit and len(self._end) > 1:
            dropped = len(self._end.popleft())
            self._end_size -= dropped
            self._omitted += dropped

    def __str__(self) -> str:
        omission = _omission(self._omitted) if self._omitted else ""
        return "".join((*self._start, omission, *(self._end or ())))
