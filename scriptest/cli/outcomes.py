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

    def __init__(self, console: Console, *, reports: bool) -> None:
        """Begin with no script.

        Args:
            console: shows every result as it comes.
            reports: whether to keep complete results, for reports.
        """
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
        trimmed = result.status.is_failure and not self._reports
        self.tally.add(self._console.for_summary(noted) if trimmed else noted)
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

    def exit_status(self) -> int:
        """Return the exit status of a complete run."""
        if self.tally.counts[Status.BROKEN]:
            return INTERNAL
        return FAILED if self.tally.failures else OK
