"""Runs a program at the user's terminal, and records what happens there."""

from __future__ import annotations

import os
import select
import time
from codecs import getincrementaldecoder
from typing import NamedTuple

from scriptest.base.errors import CheckFailed, ScriptError, reason_of
from scriptest.dialogue.player import start_at
from scriptest.process.process import Exit, Process
from scriptest.process.pty import Terminal
from scriptest.process.which import not_found
from scriptest.sandbox.state import State
from scriptest.terminal.screen import Screen

_TICK = 0.1


class Shown(NamedTuple):
    """Something the program wrote."""

    text: str
    """Plain, as `expect` looks at it."""


class Typed(NamedTuple):
    """Something the person typed."""

    data: bytes
    screen: str
    """The screen before it."""
    hidden: bool
    """Whether the terminal took a line without showing it: a password."""
    alternate: bool
    """Whether the program had the whole screen."""


class Resized(NamedTuple):
    """The terminal got another size."""

    rows: int
    columns: int


Event = Shown | Typed | Resized


class TerminalRecording(NamedTuple):
    """The events at a terminal."""

    events: list[Event]
    exit: Exit
    size: tuple[int, int]
    """Rows and columns at the beginning."""
    longest_wait: float
    """Seconds that something typed waited for an answer at most."""


def watch(state: State, argv: tuple[str, ...]) -> TerminalRecording:
    """Run a program at the user's terminal until it ends.

    Args:
        state: where it runs, in a sandbox.
        argv: the program and its arguments.

    Raises:
        CheckFailed: it is not found, or cannot be started.
        ScriptError: there is no terminal.
    """
    path = state.find_program(argv[0])
    if path is None:
        raise CheckFailed(not_found(argv[0], state.cwd))
    try:
        user_terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise ScriptError("there is no terminal to use the program at") from None
    try:
        return _Passthrough(state, user_terminal).run(argv, path)
    finally:
        os.close(user_terminal)


class _Passthrough:
    def __init__(self, state: State, user_terminal: int) -> None:
        self._state = state
        self._user_terminal = user_terminal
        self._size = self._rows_and_columns()
        self._screen = Screen(*self._size)
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._events: list[Event] = []
        self._typed_at = 0.0
        self._longest = 0.0

    def _rows_and_columns(self) -> tuple[int, int]:
        columns, rows = os.get_terminal_size(self._user_terminal)
        return (rows, columns) if rows > 0 and columns > 0 else (24, 80)

    def run(self, argv: tuple[str, ...], path: str) -> TerminalRecording:
        import termios
        import tty

        size = self._size
        terminal = Terminal(*size)
        before = termios.tcgetattr(self._user_terminal)
        try:
            try:
                running = start_at(self._state, terminal, argv, path)
            except OSError as error:
                raise CheckFailed(f"{argv[0]}: {reason_of(error)}") from None
            self._state.jobs.track(running)
            limits = self._state.limits
            running.run_in_background(limits.deadline, limits.grace)
            tty.setraw(self._user_terminal)
            self._pass_on(terminal, running)
        finally:
            terminal.close()
            termios.tcsetattr(self._user_terminal, termios.TCSADRAIN, before)
        ended = running.wait(self._state.limits.grace)
        if ended is None:
            running.kill()
            ended = running.wait(self._state.limits.grace) or Exit()
        return TerminalRecording(self._events, ended, size, self._longest)

    def _pass_on(self, terminal: Terminal, running: Process) -> None:
        poll = select.poll()
        for descriptor in (self._user_terminal, terminal.master):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(_TICK * 1000)}
            self._follow_size(terminal)
            if terminal.master in ready:
                if not self._show(terminal):
                    return
            elif running.exit is not None:
                return
            if self._user_terminal in ready:
                self._type(terminal, os.read(self._user_terminal, 4096))

    def _follow_size(self, terminal: Terminal) -> None:
        size = self._rows_and_columns()
        if size != self._size:
            self._size = size
            terminal.resize(*size)
            self._screen.resize(*size)
            self._events.append(Resized(*size))

    def _show(self, terminal: Terminal) -> bool:
        """Show what the program writes; False if no more can come."""
        try:
            data = terminal.read()
        except BlockingIOError:
            return True
        if data is None:
            return False
        if self._typed_at:
            self._longest = max(self._longest, time.monotonic() - self._typed_at)
            self._typed_at = 0.0
        rest = data
        while rest:
            rest = rest[os.write(self._user_terminal, rest) :]
        self._events.append(Shown(self._screen.feed(self._decode(data))))
        # The person's own terminal answers what the program asks.
        self._screen.answers.clear()
        return True

    def _type(self, terminal: Terminal, data: bytes) -> None:
        hidden = _reads_hidden_line(terminal)
        self._events.append(Typed(data, self._screen.text(), hidden, self._screen.alternate))
        self._typed_at = time.monotonic()
        try:
            terminal.write(data, time.monotonic() + 10)
        except OSError:
            # It has just ended; what it wrote last is still to be read.
            return


def _reads_hidden_line(terminal: Terminal) -> bool:
    import termios

    try:
        flags = termios.tcgetattr(terminal.master)[3]
    except termios.error:
        return False
    return bool(flags & termios.ICANON) and not flags & termios.ECHO
