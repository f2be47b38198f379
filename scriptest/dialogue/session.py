"""Watches and types at one program's terminal, on pexpect.

Imported only when a dialogue runs: pexpect takes longer to import than a small script to run.
"""

from __future__ import annotations

import time
from codecs import getincrementaldecoder
from io import StringIO
from typing import TYPE_CHECKING, Protocol

from pexpect import EOF, TIMEOUT
from pexpect.fdpexpect import fdspawn

from scriptest.base import regexp
from scriptest.process.capture import Capture
from scriptest.process.pty import Terminal
from scriptest.terminal.screen import Screen

if TYPE_CHECKING:
    _Stream = fdspawn[str]
else:
    _Stream = fdspawn

FOUND, ENDED, LATE = 0, 1, 2
"""How waiting for something can come out."""

SETTLE = 0.05
"""Seconds before an answer is typed: after its prompt a program may still change modes."""

WINDOW = 1 << 16
"""Characters that what is expected may lie behind, or be long."""

_REMEMBERED = 1 << 20
_PORTIONS = 32


class Search(Protocol):
    """The interface of pexpect's searchers."""

    start: int
    end: int
    match: object
    eof_index: int
    timeout_index: int

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Return FOUND and set start and end, or return -1."""


class _Base:
    eof_index = ENDED
    timeout_index = LATE

    def __init__(self) -> None:
        self.start = self.end = 0
        self.match: object = None


class Matching(_Base):
    """Looks for a pattern in what came since the last find."""

    def __init__(self, pattern: regexp.Pattern) -> None:
        """Look for a pattern."""
        super().__init__()
        self._pattern = pattern

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Search all of it: a match may have begun long ago."""
        data = buffer.encode("utf-8", "surrogateescape")
        span = self._pattern.search(data)
        if span is None:
            return -1
        self.start, self.end = (len(data[:at].decode("utf-8", "surrogateescape")) for at in span)
        return FOUND


class Exactly(_Base):
    """Looks for a text in what came since the last find."""

    def __init__(self, text: str) -> None:
        """Look for a text."""
        super().__init__()
        self._text = text

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Search what is new, and before it as much as could be the text's beginning."""
        self.start = buffer.find(self._text, max(0, len(buffer) - freshlen - len(self._text)))
        self.end = self.start + len(self._text)
        return FOUND if self.start >= 0 else -1


class Showing(_Base):
    """Looks at the screen; leaves what came to the searches after it."""

    def __init__(self, pattern: regexp.Pattern, screen: Screen) -> None:
        """Look for a pattern on a screen."""
        super().__init__()
        self._pattern = pattern
        self._screen = screen

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Search the screen as it is now."""
        data = self._screen.text().encode("utf-8", "surrogateescape")
        return -1 if self._pattern.search(data) is None else FOUND


class Nothing(_Base):
    """Finds nothing, and so waits for the end."""

    def search(self, buffer: str, freshlen: int, searchwindowsize: int | None = None) -> int:
        """Report that it is not there."""
        return -1


class TerminalSession(_Stream):
    """A terminal as its user sees it: the screen and the keyboard."""

    _before: StringIO  # pexpect's own

    def __init__(self, terminal: Terminal, screen: Screen, output: Capture) -> None:
        """Connect to a terminal.

        Args:
            terminal: used by this session alone.
            screen: is kept as the terminal's.
            output: gets what the terminal shows, as it came.
        """
        super().__init__(terminal.master, encoding="utf-8", searchwindowsize=WINDOW)
        self.delayafterread = None
        self._terminal = terminal
        self._screen = screen
        self._output = output
        self._decode = getincrementaldecoder("utf-8")("replace").decode

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> str:
        """Return more of what the terminal shows, as plain text; see `Screen.feed`.

        Raises:
            pexpect.EOF: no program has the terminal open any more.
            pexpect.TIMEOUT: nothing came in time.
        """
        if not self._terminal.wait(timeout):
            raise TIMEOUT("nothing was shown in time")
        shown = self._read()
        self._output.append(shown)
        plain = self._screen.feed(self._decode(shown))
        if self._screen.answers:
            self._terminal.write_some("".join(self._screen.answers).encode())
            self._screen.answers.clear()
        self._forget()
        return plain

    def _read(self) -> bytes:
        """Read all that is there; a terminal returns it in small portions."""
        portions: list[bytes] = []
        try:
            while len(portions) < _PORTIONS:
                portion = self._terminal.read()
                if portion is None:
                    break
                portions.append(portion)
        except BlockingIOError:
            return b"".join(portions)
        if not portions:
            self.flag_eof = True
            raise EOF("the terminal is closed")
        return b"".join(portions)

    def _forget(self) -> None:
        """Drop what was shown long ago; pexpect would keep all that no search has passed."""
        if self._before.tell() > _REMEMBERED:
            tail = self._before.getvalue()[-WINDOW:]
            self._before = StringIO()
            self._before.write(tail)

    def wait_for(self, what: Search, seconds: float) -> int:
        """Watch until something is found (FOUND), no program is left (ENDED), or time is up."""
        outcome: int = self.expect_loop(what, max(0.0, seconds))  # type: ignore[arg-type]
        return outcome

    def type(self, text: str, seconds: float) -> None:
        """Type a text, keys as a terminal sends them.

        Raises:
            StuckError: the program left too much unread for too long.
            OSError: no program has the terminal open any more.
        """
        time.sleep(SETTLE)
        self._terminal.write(text.encode("utf-8", "surrogateescape"), time.monotonic() + seconds)
