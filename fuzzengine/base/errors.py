"""Errors that end a run for a reason outside of its tests."""

from __future__ import annotations

from scriptest.base.errors import NO_MORE_THREADS as NO_MORE_THREADS
from scriptest.base.errors import exhaustion as exhaustion

FAILED = 1
"""The exit status of a run with a failed test or input."""

USAGE = 2
"""The exit status of a run that was called with wrong arguments."""

EXIT_STATUS = 3
"""The exit status of a run that cannot begin or go on."""


_BY_WEIGHT = (0, USAGE, EXIT_STATUS, FAILED)


def gravest(*statuses: int) -> int:
    """Return the exit status of a run from those of its parts: a failed test outweighs the rest."""
    return max(statuses, key=_BY_WEIGHT.index)


class CannotRun(Exception):
    """The run cannot begin or go on, whatever the tests do; the text is one line."""
