"""Runs a command-line program and handles errors of its standard output."""

from __future__ import annotations

import errno
import os
import sys

from scriptest.base.errors import HostError, exhaustion, reason_of
from scriptest.base.interrupts import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_READ, _EXHAUSTED = 1, 3
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def run(name: str, act: Callable[[], int], *, not_written: int) -> int:
    """Run a program and return its exit status.

    That is 130 if it is interrupted, 1 if its pipe is closed, and 3 if the system is out of
    processes, threads, descriptors or memory.

    Args:
        name: the program, for the message about a full disk.
        act: runs the program and returns the exit status.
        not_written: the exit status if the output cannot be written.
    """
    if sys.stdout is None:
        # Started with a closed standard output.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        status = _run_within_limits(name, act)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return _NOT_READ
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _discard_output()
        print(f"{name}: the output cannot be written: {reason_of(error)}", file=sys.stderr)
        return not_written
    return status


def _run_within_limits(name: str, act: Callable[[], int]) -> int:
    """Run a program; end it with a line if the system has no more of what it needs."""
    try:
        return act()
    except HostError as error:
        reason = str(error)
    except OSError as error:
        reason = exhaustion(error)
        if not reason:
            raise
    from scriptest.base.visible import visible

    sys.stdout.flush()
    print(visible(f"{name}: {reason}"), file=sys.stderr)
    return _EXHAUSTED


def _discard_output() -> None:
    """Discard the buffered output, so that flushing it at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
