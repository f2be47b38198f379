"""Calls a function that may never return."""

from __future__ import annotations

from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

_INTERRUPTS, _GRACE = 5, 0.5
"""How often a thread is interrupted, and the seconds between."""


def in_time(function: Callable[[], Result], seconds: float) -> Result | None:
    """Return the result of a function, or None if it takes too long.

    It runs in a thread of its own. At the time limit that thread gets a TimeoutError, several times
    if it goes on; it is left behind if it still does, or waits for something.

    Raises:
        BaseException: what the function raises in time.
    """
    from contextvars import copy_context

    results: list[Result] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=copy_context().run, args=(call,), daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # The system cannot start more threads.
        return function()
    thread.join(seconds)
    late = thread.is_alive()
    for _ in range(_INTERRUPTS):
        if not thread.is_alive():
            break
        _interrupt(thread)
        thread.join(_GRACE)
    if errors:
        raise errors[0]
    return results[0] if results and not late else None


def _interrupt(thread: Thread) -> None:
    import ctypes

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeoutError))
