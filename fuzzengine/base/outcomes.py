"""Exceptions that end a test early, and functions that raise them.

All are `BaseException`s, so that an `except Exception` in the code under test does not catch them.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

WORKER_FLAG = "-test.fuzzworker"


class Skip(BaseException):
    """The running test was skipped (Go: SkipNow)."""


class FailNow(BaseException):
    """The running test failed and ends (Go: FailNow)."""


class Goexit(BaseException):
    """The running test ended without a result (Go: runtime.Goexit)."""


class Panic(BaseException):
    """A panic with its value (Go: panic)."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.value = value


class Misuse(Panic):
    """An F or T was used wrongly; the text says how to use it."""


def panic(value: object) -> NoReturn:
    """Fail the running test with a value of any kind (Go: panic).

    Raises:
        Panic: always.
    """
    raise Panic(value)


def goexit() -> NoReturn:
    """End the running test as Go's runtime.Goexit does: it counts as a failure.

    Raises:
        Goexit: always.
    """
    raise Goexit


def in_worker() -> bool:
    """Return whether this process is a fuzz worker (Go: the test.fuzzworker flag is set)."""
    return any(
        argument.lstrip("-").removesuffix("=true") == WORKER_FLAG[1:]
        for argument in sys.orig_argv[1:]
        if argument.startswith("-")
    )
