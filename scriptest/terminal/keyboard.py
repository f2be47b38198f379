"""Reads single key presses from scriptest's own terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from scriptest.base import platform


@contextmanager
def key_presses(on_key: Callable[[str], None]) -> Iterator[None]:
    """Report each key press, without echo, until the block ends.

    Args:
        on_key: called in another thread with one character; Enter is a newline.
    """
    with _cbreak_mode():
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
        # The terminal was closed.
        return ""


@contextmanager
def _cbreak_mode() -> Iterator[None]:
    """Deliver keys at once instead of after Enter, without echo."""
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
        # The terminal may have been closed.
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
