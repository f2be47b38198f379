"""Threads that cost little to have: to import threading takes a tenth of a program's start."""

from __future__ import annotations

from _thread import TIMEOUT_MAX, allocate_lock, start_new_thread

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Background:
    """A function that runs in a thread of its own, which never keeps the process alive."""

    def __init__(self, function: Callable[..., object], *args: Any) -> None:
        self._running = allocate_lock()
        self._running.acquire()
        start_new_thread(self._run, (function, args))

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the function, at most so long; return whether it has ended."""
        if not self._running.acquire(timeout=min(seconds, TIMEOUT_MAX)):
            return False
        self._running.release()
        return True

    def _run(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            function(*args)
        finally:
            self._running.release()


class Timer:
    """Calls a function after some seconds, unless it is cancelled before.

    Attributes:
        thread: what waits for the time.
    """

    def __init__(self, seconds: float, function: Callable[[], object]) -> None:
        self._waiting = allocate_lock()
        self._waiting.acquire()
        self.thread = Background(self._wait, min(seconds, TIMEOUT_MAX), function)

    def cancel(self) -> None:
        """Do not call the function; it does nothing the second time."""
        if self._waiting.locked():
            self._waiting.release()

    def _wait(self, seconds: float, function: Callable[[], object]) -> None:
        if not self._waiting.acquire(timeout=seconds):
            function()
