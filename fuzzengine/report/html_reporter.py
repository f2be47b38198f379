"""Readers of a run who also get an HTML page of it."""

from __future__ import annotations

import sys

from fuzzengine.report.html_model import Record
from fuzzengine.report.reporters import Audience
from fuzzengine.report.test2json import Campaigns
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class PageReaders(Audience):
    """Passes everything on to others, and writes a page when all is over."""

    def __init__(
        self, others: Audience, path: str, *, package: str, folder: str, flags: Sequence[str]
    ) -> None:
        """Collect for a page.

        Args:
            others: who reads the output itself.
            path: the page's file.
            package: the package's name.
            folder: the package's.
            flags: the command line's, to be shown.
        """
        self.flags = {**others.flags, "fuzzevents": "true"}
        self._others = others
        self._path = path
        self._about = {"package": package, "folder": folder}
        self._given = flags
        self._record = Record()
        self._campaigns = Campaigns(others.take, self.campaign_event)

    def take(self, chunk: bytes) -> None:
        """Pass on output without the events in it."""
        self._campaigns.write(chunk)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Collect and pass on what happened in a campaign."""
        self._record.take(fuzz_test, event)
        self._others.campaign_event(fuzz_test, event)

    def say(self, text: str, *, frame: bool = False) -> None:
        """Pass on lines about the package."""
        self._campaigns.flush()
        self._others.say(text, frame=frame)

    def finish(self, outcome: str) -> bool:
        """Write the page, whole or not at all."""
        from fuzzengine.report.html import render

        told = self._others.finish(outcome)
        page = render(self._record, flags=self._given, **self._about)
        try:
            write_file(self._path, page.encode("utf-8", "backslashreplace"))
        except OSError as error:
            sys.stderr.write(
                f"-html {self._path}: the page cannot be written: {reason_of(error)}\n"
            )
            return False
        return told
