"""Writes results for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from scriptest.duration import format_seconds
from scriptest.report.text import failure_text, phase_text
from scriptest.result import Result, Status

_COLOURS = {"green": "32", "red": "31", "yellow": "33", "magenta": "35"}


class Console:
    """Prints each result as it comes and the count at the end."""

    def __init__(
        self, out: TextIO, *, verbose: bool = False, sections: bool = False, colour: bool = False
    ) -> None:
        """Write to a stream.

        Args:
            out: where to.
            verbose: whether scripts that passed show their whole log.
            sections: whether scripts that passed show their sections and times.
            colour: whether to use a terminal's colours.
        """
        self._out = out
        self._verbose = verbose
        self._sections = sections
        self._colour = colour

    def result(self, result: Result) -> None:
        """Print one result."""
        head = f"{self._label(result.status)} {result.name} ({format_seconds(result.seconds)})"
        if result.reason:
            head += f": {result.reason}"
        self._print(head)
        if result.kept:
            self._print(f"  work folder: {result.kept}")
        if result.status.is_failure:
            text = failure_text(result, verbose=self._verbose)
            if text:
                self._print(text)
        elif self._verbose:
            for phase in result.phases:
                self._print(phase_text(phase))
        elif self._sections:
            for phase in result.phases:
                if phase.log and phase.title:
                    self._print(f"    {phase.title} ({format_seconds(phase.seconds)})")

    def summary(self, results: Sequence[Result], seconds: float) -> None:
        """Print how many scripts had which outcome."""
        counts = dict.fromkeys(Status, 0)
        for result in results:
            counts[result.status] += 1
        parts = [
            f"{count} {status.label}"
            for status, count in counts.items()
            if count or status is Status.PASSED
        ]
        self._print(f"{', '.join(parts)} in {format_seconds(seconds)}")

    def _label(self, status: Status) -> str:
        label = {Status.PASSED: "ok", Status.FAILED: "FAIL", Status.SKIPPED: "skip"}.get(
            status, status.label.upper()
        )
        label = f"{label:<4}"
        if self._colour:
            label = f"\033[{_COLOURS[status.colour]}m{label}\033[0m"
        return label

    def _print(self, text: str) -> None:
        # What programs wrote may be in any encoding; a report must not fail on it.
        encoding = self._out.encoding or "utf-8"
        errors = "surrogateescape" if encoding.lower() == "utf-8" else "replace"
        data = (text + "\n").encode(encoding, errors)
        buffer = getattr(self._out, "buffer", None)
        if buffer is None:
            self._out.write(data.decode(encoding, "replace"))
        else:
            self._out.flush()
            buffer.write(data)
            buffer.flush()
