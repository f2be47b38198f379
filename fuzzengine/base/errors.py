"""Errors that end a run for a reason outside of its tests."""

from __future__ import annotations

import errno

FAILED = 1
"""The exit status of a run with a failed test or input."""

USAGE = 2
"""The exit status of a run that was called with wrong arguments."""

EXIT_STATUS = 3
"""The exit status of a run that cannot begin or go on."""

NO_MORE_THREADS = "no more processes or threads can be started (see `ulimit -u`)"

_EXHAUSTED = {
    errno.EAGAIN: NO_MORE_THREADS,
    errno.EMFILE: "too many open files (see `ulimit -n`)",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOMEM: "out of memory",
}


_BY_WEIGHT = (0, USAGE, EXIT_STATUS, FAILED)


def gravest(*statuses: int) -> int:
    """Return the exit status of a run from those of its parts: a failed test outweighs the rest."""
    return max(statuses, key=_BY_WEIGHT.index)


class CannotRun(Exception):
    """The run cannot begin or go on, whatever the tests do; the text is one line."""


def exhaustion(error: OSError) -> str:
    """Return the resource that is exhausted, as text, or "" if the error has another reason."""
    return _EXHAUSTED.get(error.errno or 0, "")
