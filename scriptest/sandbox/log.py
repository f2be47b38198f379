"""The log of a script, section by section."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import time
from collections.abc import Callable
from typing import NamedTuple

EXCERPT = 1 << 20
"""Bytes of one output that the log keeps; the rest is left out in the middle."""


class LogEntry(NamedTuple):
    """A command, an output of a program, or a note."""

    text: str
    """One or more lines, without the last newline."""
    output: str = ""
    """The name of the output, such as `stdout`; empty for a command or a note."""
    is_command: bool = False

    def __str__(self) -> str:
        """Return the entry as lines of a log."""
        if self.is_command:
            return f"> {self.text}"
        return f"[{self.output}]\n{self.text}" if self.output else self.text


class LogSection:
    """One section of a script while it runs: its title, its entries, its time."""

    __slots__ = ("duration", "entries", "line", "started", "title")

    def __init__(self, title: str, line: int) -> None:
        """Begin a section at a line of the script."""
        self.title = title
        self.line = line
        self.entries: list[LogEntry] = []
        self.started = time.perf_counter()
        self.duration = 0.0


class Log:
    """The sections of one run, the last one open.

    Attributes:
        sections: The sections so far.
        on_entry: Called with each new section, and with each new entry; None for nothing.
    """

    __slots__ = ("on_entry", "sections")

    def __init__(self) -> None:
        """Start with no section."""
        self.sections: list[LogSection] = []
        self.on_entry: Callable[[LogSection | LogEntry], None] | None = None

    def begin(self, title: str, line: int) -> None:
        """End the open section and begin another."""
        self.end()
        self.sections.append(LogSection(title, line))
        if self.on_entry is not None:
            self.on_entry(self.sections[-1])

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
        """Add a note to the open section."""
        self._add(LogEntry(text))

    def command(self, text: str) -> None:
        """Add a command that is about to run."""
        self._add(LogEntry(text, is_command=True))

    def _add(self, entry: LogEntry) -> None:
        if not self.sections:
            self.begin("", 1)
        self.sections[-1].entries.append(entry)
        if self.on_entry is not None:
            self.on_entry(entry)

    def output(self, name: str, data: bytes) -> None:
        """Add what a program wrote to a stream, if it wrote anything."""
        if data:
            text = data.decode("utf-8", "surrogateescape")
            self._add(LogEntry(text.removesuffix("\n"), name))
