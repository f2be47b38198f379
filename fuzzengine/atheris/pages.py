"""The pages of a run: the HTML report of -html, and the live page of -http."""

from __future__ import annotations

import os

from fuzzengine.atheris.settings import SettingsError
from fuzzengine.report.campaign_reporter import CampaignReporter, HtmlFile
from fuzzengine.report.events import Events
from fuzzengine.report.html import Page
from fuzzengine.report.live_page import AddressError, LivePage, read_address
from fuzzengine.report.record import RunRecord
from fuzzengine.report.reporters import Reporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.atheris.job import Job
    from fuzzengine.report.campaign_reporter import View


class Pages:
    """Records the events of a campaign for pages.

    Attributes:
        events: receives the events.
        url: the address of the live page, or "".
    """

    def __init__(self, job: Job, arguments: Sequence[str]) -> None:
        """Open the pages that the flags ask for.

        Args:
            job: the run.
            arguments: its command line, to be shown.

        Raises:
            SettingsError: a page cannot be served.
        """
        flags, record = job.flags, RunRecord()
        folder = os.path.dirname(os.path.abspath(job.path))
        page = Page(record, package=job.name, flags=arguments, folder=folder)
        views: list[View] = []
        self.url = ""
        if flags.html:
            views.append(HtmlFile(page, os.path.abspath(flags.html)))
        if flags.http:
            try:
                live_page = LivePage(page, read_address(flags.http))
            except AddressError as error:
                raise SettingsError(f"-http={flags.http}: {error}") from None
            self.url = live_page.url
            views.append(live_page)
        self._reporter = CampaignReporter(Reporter(), record, views)
        name = "_".join(job.name.split())
        self.events = Events(name, self._write, self._reporter.flags["fuzzevents"])

    def finish(self, *, failed: bool) -> bool:
        """Finish the pages; return False if one cannot be written."""
        return self._reporter.finish("fail" if failed else "pass")

    def _write(self, line: str) -> None:
        self._reporter.write(line.encode("utf-8", "backslashreplace"))
