"""Estimates the remaining time of a run from the times of earlier runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.suite.history import PastResult
    from scriptest.suite.suite import Selected


class Eta:
    """An estimate of the remaining time of a run, in seconds."""

    def __init__(
        self, scripts: Sequence[Selected], known: Mapping[str, PastResult], jobs: int
    ) -> None:
        """Expect of every script what it took last time.

        Args:
            scripts: of the run, under names of their own.
            known: how scripts ended in earlier runs.
            jobs: how many scripts run at the same time.
        """
        self._jobs = max(1, jobs)
        self._expected = {
            script.name: known[script.key].seconds if script.key in known else None
            for script in scripts
        }
        times = [seconds for seconds in self._expected.values() if seconds is not None]
        self._sum, self._count = sum(times), len(times)

    def over(self, name: str, seconds: float) -> None:
        """Note that a script has ended, and how long it took."""
        if self._expected.pop(name, None) is None:
            self._sum += seconds
            self._count += 1

    def left(self, running: Mapping[str, float]) -> float | None:
        """Return how long the rest will take; None if nothing is known yet.

        What is unknown of a script is taken for the average.

        Args:
            running: how long each script that runs has been running.
        """
        if not self._count:
            return None
        average = self._sum / self._count
        each = [
            max(0.0, (average if seconds is None else seconds) - running.get(name, 0.0))
            for name, seconds in self._expected.items()
        ]
        return max(sum(each) / self._jobs, max(each, default=0.0))
