"""The log of a script, section by section."""

from __future__ import annotations

import time

EXCERPT = 64 * 1024
"""Bytes of one output that the log shows; the rest is left out in the middle."""


class LogSection:
    """One section of a script while it runs: its title, its lines, its time."""

    __slots__ = ("duration", "line", "lines", "started", "title")

    def __init__(self, title: str, line: int) -> None:
        """Begin a section at a line of the script."""
        self.title = title
        self.line = line
        self.lines: list[str] = []
        self.started = time.perf_counter()
        self.duration = 0.0


class Log:
    """The sections of one run, the last one open."""

    __slots__ = ("sections",)

    def __init__(self) -> None:
        """Start with no section."""
        self.sections: list[LogSection] = []

    def begin(self, title: str, line: int) -> None:
        """End the open section and begin another."""
        self.end()
        self.sections.append(LogSection(title, line))

    def end(self) -> None:
        """Measure the duration of the open section."""
        if self.sections:
            section = self.sections[-1]
            section.duration = time.perf_counter() - section.started

    def pause(self, seconds: float) -> None:
        """Exclude some seconds from the duration of the open section."""
        if self.sections:
            self.sections[-1].started += seconds

    def write(self, text: str) -> None:
        """Add lines to the open section."""
        if not self.sections:
            self.begin("", 1)
        self.sections[-1].lines.append(text)

    def output(self, name: str, data: bytes) -> None:
        """Add what a program wrote to a stream, if it wrote anything."""
        if data:
            text = data.decode("utf-8", "surrogateescape")
            self.write(f"[{name}]\n{text.removesuffix(chr(10))}")
