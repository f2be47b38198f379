"""Types a prepared text at a program's terminal, at the moments a person would.

Programs that ask for a password throw away what was typed before their prompt (tcsetattr with
TCSAFLUSH: Python's getpass, ssh, sudo). A text written all at once would be lost to them, so it is
typed a line at a time: each once the program has read the one before it and has shown a prompt,
or reads without showing any, or has shown nothing for a while.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scriptest.base import platform

if TYPE_CHECKING:
    from scriptest.process.capture import Capture
    from scriptest.process.pty import Terminal

SETTLE = 0.05
"""Seconds of silence after a prompt before it is answered: its program may still change modes."""

SILENCE = 1.0
"""Seconds after which a program that shows no prompt is answered although it may not read."""

_EOT = b"\x04"
_BATCH_BYTES = 1000


class AutoTyper:
    """A text on its way to a terminal, and what the terminal shows meanwhile."""

    def __init__(self, terminal: Terminal, text: bytes, output: Capture) -> None:
        """Prepare to type a text followed by the end-of-file key.

        Args:
            terminal: used by this object alone.
            text: its lines are typed as they are.
            output: gets what the terminal shows, echo included.

        Attributes:
            leader: the process that the terminal controls, once it runs.
        """
        self.terminal = terminal
        self.output = output
        self._waiting = _keystrokes(text)
        self._batch = 1
        self._in_flight: list[bytes] = []
        self._echo = b""
        self._input_wanted = False
        self._prompted = False
        self.leader = 0
        self._since = time.monotonic()
        terminal.report_flushes()

    def fileno(self) -> int:
        """Return the descriptor to poll for what the terminal shows."""
        return self.terminal.master

    def read(self) -> bool:
        """Read the terminal's output; False if no program has it open any more."""
        shown, flushed = self.terminal.read_packet()
        if shown is None:
            return False
        if flushed and not self._input_wanted:
            self._retype()
        if shown:
            self.output.append(shown)
            self._since = time.monotonic()
            if self._without_echo(shown):
                # A prompt that finds its answer typed already does not ask for the next line.
                self._prompted = self._prompted or self._input_wanted or not self._in_flight
                self._input_wanted = True
        return True

    def remaining(self) -> float | None:
        """Seconds until something may have to be typed; types what is due already."""
        if not self._waiting:
            return None
        silent = time.monotonic() - self._since
        if silent < SETTLE:
            return SETTLE - silent
        wanted = self._prompted or platform.reads_device(self.leader, self.terminal.device)
        if (wanted or silent > SILENCE) and not self.terminal.unread_input():
            self._type(wanted)
            self._since = time.monotonic()
        return SETTLE

    def _type(self, wanted: bool) -> None:
        if self._prompted:
            self._batch = 1
        count, size = 0, 0
        for line in self._waiting[: self._batch]:
            if count and size + len(line) > _BATCH_BYTES:
                break
            count, size = count + 1, size + len(line)
        text = b"".join(self._waiting[:count])
        self._batch *= 2
        self._input_wanted, self._prompted = wanted, False
        self._echo = text.replace(b"\n", b"\r\n") if self.terminal.echoes() else b""
        taken = self.terminal.write_some(text)
        self._in_flight = [text[:taken]]
        self._waiting[:count] = [text[taken:]] if taken < len(text) else []

    def _retype(self) -> None:
        """Plan to type again what was typed unasked and thrown away unread."""
        self._waiting = self._in_flight + self._waiting
        self._in_flight = []
        self._batch = 1
        self._since = time.monotonic()

    def _without_echo(self, shown: bytes) -> bool:
        """Report whether a program showed something of its own."""
        if self._echo.startswith(shown):
            self._echo = self._echo[len(shown) :]
            return False
        self._echo = b""
        return True


def _keystrokes(text: bytes) -> list[bytes]:
    lines = text.splitlines(keepends=True)
    # At the start of a line the key means the end; after text it only hands the text over.
    return lines + [_EOT] * (1 if text.endswith((b"\n", b"\r")) else 2)
