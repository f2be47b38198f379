"""The exit statuses of the program."""

from __future__ import annotations

import sys

from scriptest.base.interrupts import INTERRUPTED as INTERRUPTED
from scriptest.base.visible import visible

OK, FAILED, USAGE, INTERNAL = 0, 1, 2, 3


def note(message: str) -> None:
    """Print a note that does not change the exit status."""
    print(visible(f"scriptest: note: {message}"), file=sys.stderr)


def complain(message: str) -> int:
    """Print an error of usage or configuration; return the exit status for it."""
    print(visible(f"scriptest: {message}"), file=sys.stderr)
    return USAGE
