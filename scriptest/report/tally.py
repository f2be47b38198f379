"""Counts how scripts ended, and keeps those that failed for the end of the run."""

from __future__ import annotations

from scriptest.engine.result import Result, Status


class Tally:
    """The counts of outcomes, and the failures, for the end of a run.

    Attributes:
        counts: How many scripts had which outcome.
        failures: Those that make the run fail, by name, in the order they came.
    """

    __slots__ = ("counts", "failures")

    def __init__(self) -> None:
        """Begin with no script."""
        self.counts = dict.fromkeys(Status, 0)
        self.failures: dict[str, Result] = {}

    def add(self, result: Result) -> None:
        """Count a result, and keep it if it is a failure."""
        if result.status.is_failure:
            self.failures[result.name] = result
        self.counts[result.status] += 1

    @property
    def total(self) -> int:
        """How many scripts ended."""
        return sum(self.counts.values())
