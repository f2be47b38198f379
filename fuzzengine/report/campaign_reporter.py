"""Records the events of campaigns for views besides the output: pages, SARIF, annotations."""

from __future__ import annotations

import sys

from fuzzengine.report.events import MODULES, WHICH
from fuzzengine.report.reporters import Reporter
from fuzzengine.report.test2json import EventFilter
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from fuzzengine.report.html import Page
    from fuzzengine.report.record import RunRecord

    class View(Protocol):
        """Shows the recorded campaigns.

        Attributes:
            events: which events it needs: FIGURES, MODULES or LIVE.
        """

        events: str

        def update(self) -> None:
            """Take note that the record has changed."""

        def finish(self) -> bool:
            """Show the final state; return False if that fails."""


class CampaignReporter(Reporter):
    """Records events, and passes everything on to another reporter."""

    def __init__(self, inner: Reporter, record: RunRecord, views: Sequence[View]) -> None:
        """Create the reporter.

        Args:
            inner: the reporter that gets the output.
            record: records the events.
            views: shows the record.
        """
        wanted = [view.events for view in views]
        wanted += [inner.flags["fuzzevents"]] if "fuzzevents" in inner.flags else []
        self.flags = {**inner.flags, "fuzzevents": max(wanted, key=WHICH.index)}
        self._inner = inner
        self._record = record
        self._views = views
        self._filter = EventFilter(inner.write, self.campaign_event)

    def write(self, chunk: bytes) -> None:
        """Pass on output, without the events in it."""
        self._filter.write(chunk)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Record an event and pass it on."""
        self._record.add(fuzz_test, event)
        for view in self._views:
            view.update()
        self._inner.campaign_event(fuzz_test, event)

    def message(self, text: str, *, frame: bool = False) -> None:
        """Pass on lines about the package."""
        self._filter.flush()
        self._inner.message(text, frame=frame)

    def finish(self, outcome: str) -> bool:
        """Finish all views; return False if one of them fails."""
        self._filter.flush()
        finished = [self._inner.finish(outcome), *(view.finish() for view in self._views)]
        return all(finished)


class HtmlFile:
    """The file of -html, which is written at the end."""

    events = MODULES

    def __init__(self, page: Page, path: str) -> None:
        """Args: `page` renders the report; `path` is the file."""
        self._page = page
        self._path = path

    def update(self) -> None:
        """Do nothing: the file is written at the end."""

    def finish(self) -> bool:
        """Write the HTML report, whole or not at all; return False if that fails."""
        try:
            write_file(self._path, self._page.document().encode("utf-8", "backslashreplace"))
        except OSError as error:
            sys.stderr.write(
                f"-html {self._path}: cannot write the HTML report: {reason_of(error)}\n"
            )
            return False
        return True
