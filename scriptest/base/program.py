"""Runs a command-line program and handles errors of its standard output."""

from __future__ import annotations

import errno
import os
import sys

from scriptest.base.errors import reason_of
from scriptest.base.interrupts import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_READ = 1
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def run(name: str, act: Callable[[], int], *, not_written: int) -> int:
    """Run a program and return its exit status: 130 if interrupted, 1 if its pipe is closed.

    Args:
        name: the program, for the message about a full disk.
        act: runs the program and returns the exit status.
        not_written: the exit status if the output cannot be written.
    """
    if sys.stdout is None:
        # Started with a closed standard output.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        status = act()
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


def _discard_output() -> None:
    """Discard the buffered output, so that flushing it at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
