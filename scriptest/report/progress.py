"""Draws the progress line of a run on a terminal.

The cursor stays at the beginning of the line. When the terminal becomes narrower and wraps the
line, erasing from the cursor therefore removes exactly that line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scriptest.base.duration import format_coarse
from scriptest.base.visible import visible
from scriptest.engine.result import Result, Status
from scriptest.report.style import fitted

if TYPE_CHECKING:
    from scriptest.run.eta import Eta

ERASE = "\r\x1b[J"
"""Erases the line; the cursor is then at the beginning of an empty line."""

_EVERY = 0.1
_FIRST_AFTER = 0.3
_WORTH_SAYING = 5.0


class Progress:
    """Tracks the progress of a run and formats its line."""

    def __init__(
        self,
        total: int,
        eta: Eta,
        width: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with no finished script.

        Args:
            total: the number of scripts.
            eta: estimates the remaining time; updated here.
            width: returns the width of the terminal in columns.
            clock: returns the time in seconds.
        """
        self._total = total
        self._eta = eta
        self._width = width
        self._clock = clock
        self._running: dict[str, float] = {}
        self._counts: dict[Status, int] = {}
        self._over = 0
        self._next = clock() + _FIRST_AFTER
        self.shown = False

    def started(self, name: str) -> None:
        """Note that a script has started."""
        self._running[name] = self._clock()

    def ended(self, result: Result) -> None:
        """Note that a script has ended."""
        self._running.pop(result.name, None)
        self._over += 1
        self._counts[result.status] = self._counts.get(result.status, 0) + 1
        self._eta.over(result.name, result.seconds)

    def due(self) -> bool:
        """Return whether it is time to redraw the line."""
        return self._clock() >= self._next

    def drawn(self) -> str:
        """Return the characters that draw the line, replacing a previous one."""
        self._next = self._clock() + _EVERY
        self.shown = True
        return f"\r{self.line()}\x1b[J\r"

    def erased(self) -> str:
        """Return the characters that erase the line, if it is shown."""
        shown, self.shown = self.shown, False
        return ERASE if shown else ""

    def line(self) -> str:
        """Return the counts, the time left and the running scripts, truncated to the width."""
        now = self._clock()
        running = {name: now - since for name, since in self._running.items()}
        counts = [
            f"{count} {status.label}"
            for status, count in sorted(
                self._counts.items(), key=lambda item: not item[0].is_failure
            )
            if status is not Status.PASSED
        ]
        left = self._eta.left(running)
        if left is not None and left >= 1:
            counts.append(f"about {_about(left)} left")
        text = f"[{self._over}/{self._total}] {', '.join(counts)}".rstrip()
        if running:
            text += f"{':' if counts else ''} {', '.join(_names(running))}"
        # The last column stays free, because some terminals wrap after it.
        return fitted(" ".join(visible(text).split()), self._width() - 1)


def _names(running: dict[str, float]) -> list[str]:
    """Return the names of scripts without their folders, the slowest first."""
    return [
        name.rpartition("/")[2] + (f" {_about(seconds)}" if seconds >= _WORTH_SAYING else "")
        for name, seconds in sorted(running.items(), key=lambda item: -item[1])
    ]


def _about(seconds: float) -> str:
    return format_coarse(round(seconds))
