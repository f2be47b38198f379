"""The reporter for terminals: plain output, and below it a block that shows the campaigns live.

The cursor stays at the beginning of the block. When the terminal becomes narrower and wraps the
lines of the block, erasing from the cursor therefore removes exactly the block.
"""

from __future__ import annotations

import sys
import time
from threading import RLock

from fuzzengine.ipc import signals
from fuzzengine.ipc.child import write_output
from fuzzengine.report.events import FIGURES
from fuzzengine.report.live_block import block
from fuzzengine.report.reporters import Reporter
from scriptest.base import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fuzzengine.report.record import RunRecord

_ERASE = b"\r\x1b[J"
_INTERVAL = 0.1
"""The least seconds between two drawings, unless text is printed above the block."""

_LONGEST_HELD = 4096


class Screen:
    """The terminal that standard output goes to.

    Attributes:
        colour: whether to use colours.
    """

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    @property
    def size(self) -> tuple[int, int]:
        """The columns and lines, at this moment."""
        return streams.size(sys.stdout)

    def write(self, data: bytes) -> None:
        """Write to the terminal, or nowhere if it is gone."""
        write_output(data)


def screen_of(environ: Mapping[str, str]) -> Screen | None:
    """Return the terminal that standard output goes to, or None if a block cannot be drawn on it.

    `TERM=dumb` and `CI` mean no block, `NO_COLOR` a block without colours.
    """
    style = streams.style_of(sys.stdout, environ)
    return Screen(colour=style.colour) if style.live else None


class TerminalReporter(Reporter):
    """Prints the output of the test program, and below it the live block."""

    flags: Mapping[str, str] = {"fuzzevents": FIGURES, "fuzzlive": "true"}

    def __init__(
        self,
        record: RunRecord,
        screen: Screen,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the reporter.

        Args:
            record: the events of the campaigns; another reporter records them.
            screen: the terminal.
            clock: returns the time in seconds.
        """
        self._record = record
        self._screen = screen
        self._clock = clock
        self._held = b""  # the beginning of a line that is not complete yet
        self._next = 0.0
        self._live = False
        self._previous: object = None
        # A signal is handled in the main thread, while another one draws.
        self._lock = RLock()

    def remove_when_suspended(self) -> None:
        """Remove the block when Ctrl-Z stops this process; call it in the main thread."""
        self._previous = signals.handle("SIGTSTP", self._suspend)

    def write(self, chunk: bytes) -> None:
        """Print output above the block."""
        with self._lock:
            if not self._live:
                self._screen.write(chunk)
                return
            lines, newline, self._held = (self._held + chunk).rpartition(b"\n")
            if len(self._held) > _LONGEST_HELD:
                newline, self._held = newline + self._held + b"\n", b""
            if newline:
                self._screen.write(_ERASE + lines + newline + self._drawn())

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Draw the block again; at the end of the last campaign, remove it."""
        campaign = self._record.campaigns[fuzz_test]
        if event["Event"] == "end" and not campaign.is_share:
            self._remove()
            return
        with self._lock:
            self._live |= event["Event"] == "start"
            if self._live and self._clock() >= self._next:
                self._screen.write(self._drawn())

    def message(self, text: str, *, frame: bool = False) -> None:
        """Remove the block and print lines about the package."""
        self._remove()
        super().message(text, frame=frame)

    def finish(self, outcome: str) -> bool:
        """Remove the block, if the program did not end its campaign."""
        self._remove()
        signals.restore("SIGTSTP", self._previous)
        return True

    def _remove(self) -> None:
        with self._lock:
            if self._live:
                self._live = False
                self._screen.write(_ERASE + self._held)
                self._held = b""

    def _suspend(self, _number: int, _frame: object) -> None:
        """Remove the block, stop this process, and draw the block again when it goes on."""
        with self._lock:
            if self._live:
                self._screen.write(_ERASE)
            signals.stop_by_terminal()
            signals.handle("SIGTSTP", self._suspend)
            if self._live:
                self._screen.write(self._drawn())

    def _drawn(self) -> bytes:
        """Return the characters that draw the block, replacing a previous one."""
        self._next = self._clock() + _INTERVAL
        width, height = self._screen.size
        lines = block(self._record, width=width, height=height, colour=self._screen.colour)
        drawn = "\n".join(f"{line}\x1b[K" for line in lines)
        up = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
        return f"\r{drawn}\x1b[J\r{up}".encode(sys.stdout.encoding or "utf-8", "replace")
