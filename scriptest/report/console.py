"""Prints results to a terminal or a log."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from scriptest.base.duration import format_seconds
from scriptest.base.visible import visible
from scriptest.engine.result import Result, Status
from scriptest.report.style import PLAIN, Style
from scriptest.report.text import failing_phases, failure_text, headline, label, phase_text

if TYPE_CHECKING:
    from scriptest.report.progress import Progress
    from scriptest.report.tally import Tally
    from scriptest.suite.suite import Selected

_COLOURS = {"green": "32", "red": "31", "yellow": "33", "magenta": "35"}
_NAMED = 5

_WEIGHTS = (Status.BROKEN, Status.FAILED, Status.XPASS, Status.FLAKY, Status.INTERRUPTED)
"""Outcomes that are failures, the most important first."""


class Detail(Enum):
    """How much of a run is printed."""

    QUIET = "the counts at the end"
    FEW = "scripts that did not pass, and the failures at the end"
    EACH = "every script, and the failures at the end"
    ONE = "every script with its sections, and failures where they happen"
    ALL = "every script with its whole log"


class Console:
    """Prints each result as it arrives, then a summary."""

    def __init__(
        self,
        out: TextIO,
        detail: Detail = Detail.EACH,
        style: Style = PLAIN,
        progress: Progress | None = None,
    ) -> None:
        """Write to a stream.

        Args:
            out: the stream.
            detail: how much to print.
            style: the capabilities of the stream.
            progress: the progress line, or None for none.
        """
        self._out = out
        self._detail = detail
        self._style = style
        self._progress = progress
        self._shown: set[str] = set()

    # --- while scripts run -------------------------------------------------------------------

    def started(self, selected: Selected) -> None:
        """Note that a script has started."""
        if self._progress is not None:
            self._progress.started(selected.name)

    def idle(self) -> None:
        """Update the progress line if it is due; called often."""
        if self._progress is not None and self._progress.due():
            self._write(self._progress.drawn())

    def clear(self) -> None:
        """Remove the progress line, before other output."""
        if self._progress is not None:
            self._write(self._progress.erased())

    def say(self, text: str) -> None:
        """Print a message."""
        self._print(text)

    def failed(self, result: Result) -> None:
        """Print a complete failure at once; the summary then only names it."""
        self.clear()
        self._print(self._full(result))
        self._shown.add(result.name)

    def result(self, result: Result) -> None:
        """Print one result as the detail requires."""
        if self._progress is not None:
            self._progress.ended(result)
        detail, failed = self._detail, result.status.is_failure
        if detail is Detail.QUIET:
            return
        if detail in (Detail.ALL, Detail.ONE) and result.name not in self._shown:
            self._print(self._full(result))
        elif failed:
            self._print(f"{self._label(result.status)} {headline(result)}")
        elif detail is Detail.EACH or result.kept or result.updated:
            self._print(self._head(result))

    # --- at the end --------------------------------------------------------------------------

    def for_summary(self, result: Result) -> Result:
        """Return a result without the texts that the summary does not need, to save memory."""
        if self._detail in (Detail.FEW, Detail.EACH) and result.name not in self._shown:
            return result._replace(phases=tuple(failing_phases(result)))
        failure = result.failure and result.failure._replace(detail="")
        return result._replace(phases=(), failure=failure, more=())

    def summary(self, tally: Tally, seconds: float) -> None:
        """Print the failures that were not printed yet, a list of all failures, and the counts."""
        failures = sorted(
            tally.failures.values(),
            key=lambda result: (_WEIGHTS.index(result.status), result.name),
        )
        count = _counted(tally, seconds)
        if self._detail is Detail.QUIET:
            self._print(count + _places(failures))
            return
        if self._detail in (Detail.FEW, Detail.EACH):
            for result in failures:
                if result.name not in self._shown:
                    self._print("\n" + self._full(result))
            if failures:
                self._print("")
        if len(failures) > 1 or (failures and self._detail is Detail.ALL and tally.total > 1):
            for result in failures:
                self._print(f"{self._label(result.status)} {headline(result)}")
        self._print(count)

    # --- parts -------------------------------------------------------------------------------

    def _head(self, result: Result) -> str:
        """Return a script's outcome, name and time."""
        head = f"{self._label(result.status)} {result.name} ({format_seconds(result.seconds)})"
        if result.reason:
            head += f": {result.reason}"
        if result.kept:
            head += f"\n  work folder: {result.kept}"
        return head

    def _full(self, result: Result) -> str:
        """Return the complete text about a script."""
        verbose = self._detail is Detail.ALL
        parts = [self._head(result)]
        if result.status.is_failure:
            parts.append(failure_text(result, verbose=verbose))
        elif verbose:
            parts += [phase_text(phase) for phase in result.phases]
        elif self._detail is Detail.ONE:
            parts += [
                f"    {phase.title} ({format_seconds(phase.seconds)})"
                for phase in result.phases
                if phase.log and phase.title
            ]
        return "\n".join(part for part in parts if part)

    def _label(self, status: Status) -> str:
        text = f"{label(status):<4}"
        return f"\033[{_COLOURS[status.colour]}m{text}\033[m" if self._style.colour else text

    def _print(self, text: str) -> None:
        """Print lines, above the progress line if there is one."""
        text = visible(text, colour=self._style.colour)
        if self._progress is not None and self._progress.shown:
            text = f"{self._progress.erased()}{text}\n{self._progress.drawn()}"
        else:
            text += "\n"
        self._write(text)

    def _write(self, text: str) -> None:
        # The stream's encoding may lack characters of the text.
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._out.flush()


def _counted(tally: Tally, seconds: float) -> str:
    """Return the number of scripts by outcome."""
    parts = [
        f"{count} {status.label}"
        for status, count in tally.counts.items()
        if count or status is Status.PASSED
    ]
    return f"{', '.join(parts)} in {format_seconds(seconds)}"


def _places(failures: Sequence[Result]) -> str:
    """Return the places of the first failures, as the end of a line."""
    if not failures:
        return ""
    named = [result.failure.place if result.failure else result.name for result in failures]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f": {', '.join(named[:_NAMED])}{more}"
