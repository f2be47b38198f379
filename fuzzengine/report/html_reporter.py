"""The reporter of -html: passes the output on to another reporter and writes an HTML report."""

from __future__ import annotations

import sys

from fuzzengine.report.html_model import RunRecord
from fuzzengine.report.reporters import Reporter
from fuzzengine.report.test2json import EventFilter
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class HtmlReporter(Reporter):
    """Passes everything on to another reporter, and writes the HTML report at the end."""

    def __init__(
        self, inner: Reporter, path: str, *, package: str, folder: str, flags: Sequence[str]
    ) -> None:
        """Create the reporter.

        Args:
            inner: the reporter that gets the output.
            path: the file of the HTML report.
            package: the package's name.
            folder: the package's folder.
            flags: the flags of the command line, for the report.
        """
        self.flags = {**inner.flags, "fuzzevents": "true"}
        self._inner = inner
        self._path = path
        self._package, self._folder = package, folder
        self._given = flags
        self._record = RunRecord()
        self._filter = EventFilter(inner.write, self.campaign_event)

    def write(self, chunk: bytes) -> None:
        """Pass on output, without the events in it."""
        self._filter.write(chunk)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Record an event and pass it on."""
        self._record.add(fuzz_test, event)
        self._inner.campaign_event(fuzz_test, event)

    def message(self, text: str, *, frame: bool = False) -> None:
        """Pass on lines about the package."""
        self._filter.flush()
        self._inner.message(text, frame=frame)

    def finish(self, outcome: str) -> bool:
        """Write the HTML report, whole or not at all; return False if that fails."""
        from fuzzengine.report.html import render

        reported = self._inner.finish(outcome)
        page = render(self._record, package=self._package, flags=self._given, folder=self._folder)
        try:
            write_file(self._path, page.encode("utf-8", "backslashreplace"))
        except OSError as error:
            sys.stderr.write(
                f"-html {self._path}: cannot write the HTML report: {reason_of(error)}\n"
            )
            return False
        return reported
