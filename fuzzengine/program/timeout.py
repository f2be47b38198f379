"""Ends a test program whose tests take too long (Go: the alarm of testing.M)."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import NO_MORE_THREADS, CannotRun
from scriptest.base.duration import SECOND, format_nanoseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Timer


class Timeout:
    """The time limit of all tests together.

    Attributes:
        running: the name of the current test.
    """

    def __init__(self, timeout: int) -> None:
        self.running = ""
        self._timeout = timeout
        self._timer: Timer | None = None

    def start(self) -> None:
        """Start the timer; a timeout of 0 nanoseconds never expires.

        Raises:
            CannotRun: the system cannot start more threads.
        """
        if not self._timeout:
            return
        from threading import TIMEOUT_MAX, Timer

        self._timer = Timer(min(self._timeout / SECOND, TIMEOUT_MAX), self._expire)
        self._timer.daemon = True
        try:
            self._timer.start()
        except RuntimeError:
            raise CannotRun(NO_MORE_THREADS) from None

    def stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _expire(self) -> None:
        import faulthandler

        sys.stdout.flush()
        limit = format_nanoseconds(self._timeout)
        message = f"panic: test timed out after {limit}\n\trunning tests:\n\t\t{self.running}\n\n"
        sys.stderr.write(message)
        sys.stderr.flush()
        faulthandler.dump_traceback(2)
        os._exit(2)
