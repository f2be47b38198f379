"""Reads single keys from scriptest's own terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from scriptest.base import platform


@contextmanager
def keys(on_key: Callable[[str], None]) -> Iterator[None]:
    """Report each key as it is pressed, without showing it, until the block ends.

    Args:
        on_key: called in another thread with one character; Enter is a newline.
    """
    with _one_by_one():
        threading.Thread(target=_report, args=(on_key,), daemon=True).start()
        yield


def _report(on_key: Callable[[str], None]) -> None:
    while key := _read():
        on_key("\n" if key == "\r" else key)


def _read() -> str:
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.getwch()
    try:
        return os.read(sys.stdin.fileno(), 1).decode("latin-1")
    except OSError:
        # The terminal has gone.
        return ""


@contextmanager
def _one_by_one() -> Iterator[None]:
    """Let the terminal hand over keys without waiting for Enter, and without echo."""
    if not platform.POSIX:
        yield
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield
    finally:
        # The terminal may have gone.
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
