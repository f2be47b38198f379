"""Runs an interactive program in the foreground of scriptest's own terminal.

As with system(3), this process ignores the interrupt and quit keys while the program runs. The
program starts in this process's group; a shell creates a group of its own, and makes ours the
foreground group again when it exits. If the shell is killed, this module does that.
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
    """Report whether this process is in the foreground of a terminal."""
    if sys.stdin is None or sys.stdout is None:
        return False
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return not platform.POSIX or _group_of_terminal() == os.getpgrp()


def run(argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> int:
    """Run an interactive program at this process's terminal; call it from the main thread.

    Args:
        argv: the absolute path of the program and its arguments.
        cwd: its working directory.
        env: its whole environment.

    Returns:
        The exit status; a negative number is the signal that ended the program.

    Raises:
        OSError: the program cannot be started.
        KeyboardInterrupt: this process was told to stop by a signal; the program was ended.
    """
    with _terminal_restored(), _keys_ignored():
        program = subprocess.Popen(argv, cwd=cwd, env=env)
        try:
            return program.wait()
        except BaseException:
            _end(program)
            raise


def _end(program: subprocess.Popen[bytes]) -> None:
    """Hang up a program, so that a shell ends its jobs too; kill it after a grace period."""
    program.send_signal(getattr(signal, "SIGHUP", signal.SIGTERM))
    try:
        program.wait(_GRACE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


@contextmanager
def _keys_ignored() -> Iterator[None]:
    """Ignore the terminal's signals in this process; children handle them as usual."""
    numbers = [getattr(signal, name) for name in _KEYS if hasattr(signal, name)]
    before = [signal.signal(number, _do_nothing) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _do_nothing(number: int, frame: object) -> None:
    """Ignore a signal; unlike SIG_IGN, a handler is not inherited by programs."""


@contextmanager
def _terminal_restored() -> Iterator[None]:
    """Restore the terminal's modes and foreground group at the end of the block."""
    if not platform.POSIX:
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    modes = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        # A background process that changes the terminal is stopped by SIGTTOU.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            if _group_of_terminal() != os.getpgrp():
                os.tcsetpgrp(terminal, os.getpgrp())
            termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
        except (OSError, termios.error):
            # The terminal was closed.
            pass
        finally:
            signal.signal(signal.SIGTTOU, before)


def _group_of_terminal() -> int:
    try:
        return os.tcgetpgrp(sys.stdin.fileno())
    except OSError:
        return -1
