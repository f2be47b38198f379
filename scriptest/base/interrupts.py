"""Turns the signals that end a program into one KeyboardInterrupt, at moments that expect it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

INTERRUPTED = 130
"""The exit status of an interrupted program."""

_PAUSE = 0.01
"""Seconds after which an interrupt that came during a callback is tried again."""

_SIGNALS = tuple(
    getattr(_signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(_signal, name)
)


def run(act: Callable[[], int]) -> int:
    """Run the rest of a program in its main thread, and return its exit status.

    The first signal raises KeyboardInterrupt in it, a second one ends the process at once. Later,
    while the interpreter exits, signals are ignored. Those that are ignored now, under nohup for
    example, stay so.

    Args:
        act: returns the exit status.
    """
    received: list[int] = []

    def handle(number: int, frame: object) -> None:
        if received:
            os._exit(INTERRUPTED)
        received.append(number)
        raise KeyboardInterrupt

    def handle_unraisable(problem: sys.UnraisableHookArgs) -> None:
        if problem.exc_type is not KeyboardInterrupt:
            sys.__unraisablehook__(problem)
            return
        # It came while a destructor or another callback ran, which cannot end the program.
        from threading import Timer

        Timer(_PAUSE, _signal_main_thread, (received.pop(),)).start()

    numbers = [number for number in _SIGNALS if _signal.getsignal(number) != _signal.SIG_IGN]
    sys.unraisablehook = handle_unraisable
    try:
        _set_all(numbers, handle)
        status = act()
        _set_all(numbers, _signal.SIG_IGN)
    except KeyboardInterrupt:
        status = INTERRUPTED
        _set_all(numbers, _signal.SIG_IGN)
    # If the last KeyboardInterrupt in eval was not caught there, `python -m` ends by SIGINT,
    # whatever the exit status. Named tuples are made with eval.
    eval("0")
    return status


def _signal_main_thread(number: int) -> None:
    """Send a signal to the main thread from another one."""
    if hasattr(_signal, "pthread_kill"):
        import threading

        # It also wakes the thread.
        _signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _signal.raise_signal(number)


def _set_all(numbers: list[int], handler: signal.Handlers | Callable[[int, object], None]) -> None:
    for number in numbers:
        _signal.signal(number, handler)
