"""Prints results to a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from scriptest.base.duration import format_seconds
from scriptest.base.numbers import counted
from scriptest.base.streams import PLAIN, Style
from scriptest.base.visible import visible
from scriptest.engine.result import Result, Status
from scriptest.report.style import Part, paint, painted
from scriptest.sandbox.log import LogEntry

if TYPE_CHECKING:
    from scriptest.report.live import LiveLogs
    from scriptest.report.progress import Progress
    from scriptest.report.tally import Tally
    from scriptest.sandbox.log import LogSection
    from scriptest.suite.suite import Selected

_COLOURS = {"green": "32", "red": "31", "yellow": "33", "magenta": "35"}
_SHORT = {Status.PASSED: "ok", Status.FAILED: "FAIL", Status.SKIPPED: "skip"}
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
        saving: str = "",
    ) -> None:
        """Write to a stream.

        Args:
            out: the stream.
            detail: how much to print.
            style: the capabilities of the stream.
            progress: the progress line, or None for none.
            saving: the folder for the whole texts of failures that are printed in part.
        """
        self._out = out
        self._detail = detail
        self._style = style
        self._progress = progress
        self._saving = saving
        self._shown: set[str] = set()
        self._failures: dict[str, str] = {}
        self._live: LiveLogs | None = None
        if detail is Detail.ALL:
            from scriptest.report.live import LiveLogs

            self._live = LiveLogs(self._print)

    # --- while scripts run -------------------------------------------------------------------

    def started(self, selected: Selected) -> None:
        """Note that a script has started."""
        if self._progress is not None:
            self._progress.started(selected.name)
        if self._live is not None:
            self._live.add(selected.name, self._paint([Part("section", f"=== {selected.name}")]))

    @property
    def is_live(self) -> bool:
        """Whether the log of a script is printed while it runs."""
        return self._live is not None

    def logged(self, selected: Selected, item: LogSection | LogEntry) -> None:
        """Print a new section or entry of a script's log."""
        from scriptest.report.parts import log_parts
        from scriptest.report.text import section_title

        if isinstance(item, LogEntry):
            parts = list(log_parts([item]))
        else:
            parts = [section_title(item.title)] if item.title else []
        if parts and self._live is not None:
            self._live.add(selected.name, self._paint(parts))

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

    def say_detail(self, title: str, detail: str) -> None:
        """Print a title and a text such as a diff."""
        from scriptest.report.parts import detail_parts

        parts = [Part("place", f"{title}\n"), *detail_parts(detail)]
        self._print(self._paint(parts))

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
        if self._live is not None:
            known = result.name in self._shown
            self._live.end(result.name, self._head(result) if known else self._full(result))
        elif detail is Detail.ONE and result.name not in self._shown:
            self._print(self._full(result))
        elif failed:
            if detail is not Detail.ONE and result.name not in self._shown:
                self._failures[result.name] = self._full(result)
            self._print(self._headline(result))
        elif detail is Detail.EACH or result.kept or result.updated:
            self._print(self._head(result))

    # --- at the end --------------------------------------------------------------------------

    def slowest(self, scripts: Sequence[tuple[float, str]]) -> None:
        """Print times and names of scripts."""
        if scripts:
            lines = "".join(f"\n{format_seconds(took):>8} {name}" for took, name in scripts)
            self._print(f"\nslowest scripts:{lines}\n")

    def summary(self, tally: Tally, seconds: float, skipped: int = 0) -> None:
        """Print the failures that were not printed yet, a list of all failures, and the counts.

        Args:
            tally: the outcomes.
            seconds: the duration of the run.
            skipped: the number of scripts that did not begin after the last allowed failure.
        """
        failures = sorted(
            tally.failures.values(),
            key=lambda result: (_WEIGHTS.index(result.status), result.name),
        )
        count = self._counted(tally, seconds)
        if skipped:
            scripts = counted(skipped, "script")
            what = "failures" if len(failures) > 1 else "failure"
            count += f"; stopped after the {what}, {scripts} did not run"
        if self._detail is Detail.QUIET:
            self._print(count + _places(failures))
            return
        for result in failures:
            if result.name in self._failures:
                self._print("\n" + self._failures.pop(result.name))
        if self._detail in (Detail.FEW, Detail.EACH) and failures:
            self._print("")
        if len(failures) > 1 or (failures and self._detail is Detail.ALL and tally.total > 1):
            for result in failures:
                self._print(self._headline(result))
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

    def _headline(self, result: Result) -> str:
        from scriptest.report.text import headline

        return f"{self._label(result.status)} {self._paint(headline(result))}"

    def _full(self, result: Result) -> str:
        """Return the complete text about a script, without the log if that was printed live."""
        head = self._head(result)
        if result.status.is_failure:
            return f"{head}\n{self._failure(result)}".rstrip("\n")
        if self._detail in (Detail.ONE, Detail.ALL):
            sections = [
                f"    {phase.title} ({format_seconds(phase.seconds)})"
                for phase in result.phases
                if phase.entries and phase.title
            ]
            return "\n".join([head, *sections])
        return head

    def _failure(self, result: Result) -> str:
        from scriptest.report.text import failure_parts

        if self._detail is Detail.ALL:
            return self._paint(failure_parts(result._replace(phases=())))
        parts = failure_parts(result, whole=False)
        if any(part.kind == "cut" for part in parts):
            parts.append(Part("label", f"all of it: {self._whole_text(result)}\n"))
        return self._paint(parts)

    def _whole_text(self, result: Result) -> str:
        """Return the file with the whole text of a failure, or the command that prints it."""
        from shlex import quote

        from scriptest.report.saved import save_failure

        return save_failure(result, self._saving) or f"scriptest run -v {quote(result.name)}"

    def _label(self, status: Status) -> str:
        name = _SHORT.get(status, status.label.upper())
        return self._colored(f"{name:<4}", status)

    def _colored(self, text: str, status: Status) -> str:
        """Return a text in the color of an outcome; failures are bold."""
        bold = "1;" if status.is_failure else ""
        return paint(text, f"{bold}{_COLOURS[status.colour]}") if self._style.colour else text

    def _paint(self, parts: Iterable[Part]) -> str:
        return painted(parts, colour=self._style.colour).rstrip("\n")

    def _counted(self, tally: Tally, seconds: float) -> str:
        """Return the number of scripts by outcome."""
        parts = [
            self._colored(f"{count} {status.label}", status) if count else f"0 {status.label}"
            for status, count in tally.counts.items()
            if count or status is Status.PASSED
        ]
        return f"{', '.join(parts)} in {format_seconds(seconds)}"

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


def _places(failures: Sequence[Result]) -> str:
    """Return the places of the first failures, as the end of a line."""
    if not failures:
        return ""
    named = [result.failure.place if result.failure else result.name for result in failures]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f": {', '.join(named[:_NAMED])}{more}"
