"""Signals by name. The standard module costs an import of enum, which a worker cannot afford."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def number(name: str) -> int | None:
    """Return the number of a signal such as `SIGINT`, or None where the system has no such."""
    value = getattr(_signal, name, None)
    return value if isinstance(value, int) else None


def name_of(value: int) -> str:
    """Return the name of a signal's number, such as `SIGINT`."""
    for name in dir(_signal):
        if name.startswith("SIG") and name[3] != "_" and getattr(_signal, name) == value:
            return name
    return f"signal {value}"


def restore_default(name: str) -> None:
    """Give a signal back the system's own action, where there is such a signal."""
    value = number(name)
    if value is not None:
        _signal.signal(value, _signal.SIG_DFL)


def raise_interrupts() -> None:
    """Let SIGINT raise KeyboardInterrupt, as when Python starts, unless it is ignored."""
    if _signal.getsignal(_signal.SIGINT) == _signal.SIG_DFL:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def handle(name: str, handler: Callable[[int, object], None]) -> object:
    """Call a function in the main thread on a signal; return what handled it before.

    A signal that is ignored stays so, as nohup and shells want it; then the result is None.
    """
    value = number(name)
    if value is None or _signal.getsignal(value) == _signal.SIG_IGN:
        return None
    return _signal.signal(value, handler)


def restore(name: str, previous: object) -> None:
    """Put back what `handle` returned."""
    value = number(name)
    if value is not None and previous is not None:
        _signal.signal(value, previous)


def stop_by_terminal() -> None:
    """Stop this process as Ctrl-Z does; return when it goes on."""
    restore_default("SIGTSTP")
    _signal.raise_signal(_signal.SIGTSTP)


def end_by_signal(name: str) -> None:
    """End this process by a signal, as its parent expects of one that was told to end."""
    value = number(name)
    if value is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        restore_default(name)
        os.kill(os.getpid(), value)
