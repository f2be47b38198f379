"""Collects the outcomes of scripts for the terminal, the reports and the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.cli.exit_codes import FAILED, INTERNAL, OK
from scriptest.engine.result import Result, Status
from scriptest.report.tally import Tally
from scriptest.suite.history import PastResult

if TYPE_CHECKING:
    from scriptest.report.console import Console
    from scriptest.suite.suite import Selected


class RunOutcomes:
    """The outcomes of a run's scripts, reduced to the data that is still needed.

    Attributes:
        tally: The counts and failures for the summary and the exit status.
        reported: All results by name, if reports are written.
        history: Outcomes by the scripts' keys, for the order of the next run.
    """

    def __init__(self, console: Console, *, reports: bool, slowest: int = 0) -> None:
        """Begin with no script.

        Args:
            console: shows every result as it comes.
            reports: whether to keep complete results, for reports.
            slowest: the number of scripts whose times to keep.
        """
        self._most_slowest = slowest
        self._slowest: list[tuple[float, str]] = []
        self._console = console
        self._reports = reports
        self._running: dict[str, Selected] = {}
        self._last: Result | None = None
        self.tally = Tally()
        self.reported: dict[str, Result] = {}
        self.history: dict[str, PastResult] = {}

    def started(self, selected: Selected) -> None:
        """Note that a script has started."""
        self._running[selected.name] = selected
        self._console.started(selected)

    def add(self, result: Result) -> None:
        """Add the result of a script, unless it is the one that was added last.

        After an interrupt, the runner passes its current result again.
        """
        if result is self._last:
            return
        noted = self._with_notes(result)
        self._remember(result)
        if self._reports:
            self.reported[result.name] = noted
        self.tally.add(_for_summary(noted))
        self._note_time(result)
        self._last = result
        self._running.pop(result.name, None)
        self._console.result(noted)

    def _with_notes(self, result: Result) -> Result:
        selected = self._running.get(result.name)
        if selected is None or result.failure is None:
            return result
        from scriptest.vet.notes import with_notes

        return with_notes(selected, result)

    def _remember(self, result: Result) -> None:
        selected = self._running.get(result.name)
        if selected is not None and result.status is not Status.INTERRUPTED:
            key = selected.key
            # With --repeat, one failed repetition counts as a failure.
            failed = result.status.is_failure or (key in self.history and self.history[key].failed)
            self.history[key] = PastResult(failed, result.seconds)

    def _note_time(self, result: Result) -> None:
        """Keep the script if it is one of the slowest."""
        if not self._most_slowest:
            return
        from heapq import heappush, heappushpop

        add = heappushpop if len(self._slowest) == self._most_slowest else heappush
        add(self._slowest, (result.seconds, result.name))

    def slowest(self) -> list[tuple[float, str]]:
        """Return the times and names of the slowest scripts, the slowest first."""
        return sorted(self._slowest, reverse=True)

    def exit_status(self) -> int:
        """Return the exit status of a complete run."""
        if self.tally.counts[Status.BROKEN]:
            return INTERNAL
        return FAILED if self.tally.failures else OK


def _for_summary(result: Result) -> Result:
    """Return a result without the texts that the summary does not need, to save memory."""
    if not result.status.is_failure:
        return result
    failure = result.failure and result.failure._replace(detail="")
    return result._replace(phases=(), failure=failure, more=())
