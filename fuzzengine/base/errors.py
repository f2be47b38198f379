"""Errors that end a run for a reason outside of its tests."""

from __future__ import annotations

import errno

EXIT_STATUS = 3
"""The exit status of a run that cannot begin or go on."""

NO_MORE_THREADS = "no more processes or threads can be started (see `ulimit -u`)"

_EXHAUSTED = {
    errno.EAGAIN: NO_MORE_THREADS,
    errno.EMFILE: "too many open files (see `ulimit -n`)",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOMEM: "out of memory",
}


class CannotRun(Exception):
    """The run cannot begin or go on, whatever the tests do; the text is one line."""


def exhaustion(error: OSError) -> str:
    """Return the resource that is exhausted, as text, or "" if the error has another reason."""
    return _EXHAUSTED.get(error.errno or 0, "")
