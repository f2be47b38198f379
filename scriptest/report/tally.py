"""Counts outcomes, and keeps failures for the summary of a run."""

from __future__ import annotations

from scriptest.engine.result import Result, Status


class Tally:
    """The counts of outcomes and the failures of a run.

    Attributes:
        counts: The number of scripts by outcome.
        failures: The results that fail the run, by name, in order of arrival.
    """

    __slots__ = ("counts", "failures")

    def __init__(self) -> None:
        """Start with no script."""
        self.counts = dict.fromkeys(Status, 0)
        self.failures: dict[str, Result] = {}

    def add(self, result: Result) -> None:
        """Count a result, and keep it if it is a failure."""
        if result.status.is_failure:
            self.failures[result.name] = result
        self.counts[result.status] += 1

    @property
    def total(self) -> int:
        """The number of finished scripts."""
        return sum(self.counts.values())
