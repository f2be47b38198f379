"""Lends scriptest's own terminal to an interactive program, and takes it back.

While the program runs, the keys that interrupt or quit are meant for it, as with system(3). It is
in the group of this process at first; a shell makes itself one of its own, and gives the terminal
back when it ends. If it is killed, that is done here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scriptest.base import platform

_GRACE = 1.0
_KEYS = ("SIGINT", "SIGQUIT")


def available() -> bool:
    """Report whether this process has a terminal that it could lend: to read and to write."""
    if sys.stdin is None or sys.stdout is None:
        return False
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return not platform.POSIX or _group_of_terminal() == os.getpgrp()


def run(argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> int:
    """Run an interactive program at this process's terminal, in the main thread.

    Args:
        argv: its absolute path and its arguments.
        cwd: its working folder.
        env: its whole environment.

    Returns:
        Its exit status; a negative number is the signal that ended it.

    Raises:
        OSError: it cannot be started.
        KeyboardInterrupt: a signal wants this process to end; the program was ended.
    """
    with _terminal_restored(), _keys_ignored():
        program = subprocess.Popen(argv, cwd=cwd, env=env)
        try:
            return program.wait()
        except BaseException:
            _end(program)
            raise


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program at once; a shell that is hung up ends its jobs too."""
    program.send_signal(getattr(signal, "SIGHUP", signal.SIGTERM))
    try:
        program.wait(_GRACE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


@contextmanager
def _keys_ignored() -> Iterator[None]:
    """Let the terminal's signals do nothing to this process; children get them as usual."""
    numbers = [getattr(signal, name) for name in _KEYS if hasattr(signal, name)]
    before = [signal.signal(number, _do_nothing) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _do_nothing(number: int, frame: object) -> None:
    """Unlike SIG_IGN, this is not inherited by programs."""


@contextmanager
def _terminal_restored() -> Iterator[None]:
    """Put the terminal back as it is now, whatever a program did to it."""
    if not platform.POSIX:
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    modes = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        # A process that is not in the foreground would be stopped for this.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            if _group_of_terminal() != os.getpgrp():
                os.tcsetpgrp(terminal, os.getpgrp())
            termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
        except (OSError, termios.error):
            # The terminal has gone.
            pass
        finally:
            signal.signal(signal.SIGTTOU, before)


def _group_of_terminal() -> int:
    try:
        return os.tcgetpgrp(sys.stdin.fileno())
    except OSError:
        return -1
