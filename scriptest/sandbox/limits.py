"""Time limits of a script."""

from __future__ import annotations

import time


class Limits:
    """The time a script has, and the time its programs get to end.

    Attributes:
        deadline: time.monotonic() when the script has to be over; None for never.
        grace: Seconds between asking a program to end and killing it.
        paused: Seconds that the script was held, which do not count.
    """

    __slots__ = ("deadline", "grace", "paused")

    def __init__(self, deadline: float | None = None, grace: float = 1.0) -> None:
        self.deadline = deadline
        self.grace = grace
        self.paused = 0.0

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def deadline_within(self, seconds: float | None) -> float | None:
        """Return the deadline of a program that may take some seconds, or as long as the script."""
        if seconds is None:
            return self.deadline
        own = time.monotonic() + seconds
        return own if self.deadline is None else min(own, self.deadline)

    def pause(self, seconds: float) -> None:
        """Move the deadline by some seconds, in which the script was held."""
        self.paused += seconds
        if self.deadline is not None:
            self.deadline += seconds

    def allow_clean_up(self) -> None:
        """Give a script that ran out of time its grace to clean up after itself."""
        if self.deadline is not None:
            self.deadline = max(self.deadline, time.monotonic() + self.grace)
