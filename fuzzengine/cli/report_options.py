"""Chooses what reports a run of `fuzzengine test`: text or events, a live block, pages."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import CannotRun
from fuzzengine.report.reporters import Reporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fuzzengine.cli.packages import Package
    from fuzzengine.report.campaign_reporter import View
    from fuzzengine.report.html import Page
    from fuzzengine.report.record import RunRecord

_OWN_FLAGS = ("github", "html", "http", "json", "sarif")
"""Flags that the test program does not have."""


def is_github(environment: Mapping[str, str]) -> bool:
    """Return whether this is a job of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def for_other_runner(package: Package, inner: Reporter) -> Reporter:
    """Return a reporter that passes the events of a package's campaign on to `inner`.

    In a job of GitHub Actions, it also prints the failures as annotations.
    """
    from fuzzengine.report.campaign_reporter import CampaignReporter
    from fuzzengine.report.record import RunRecord

    record = RunRecord()
    views: list[View] = []
    if is_github(os.environ):
        from fuzzengine.report.github import Annotations
        from fuzzengine.report.locations import root_folder

        root = root_folder(os.environ)
        views.append(Annotations(record, sys.stdout.write, root=root, folder=package.folder))
    return CampaignReporter(inner, record, views)


class ReportOptions:
    """The reports of a run.

    Attributes:
        as_json: print events instead of text.
    """

    def __init__(self, values: Mapping[str, Any], texts: dict[str, str]) -> None:
        """Args: `texts` are the given flags; those that the test program lacks are removed."""
        self.as_json = bool(values.get("json"))
        self._fuzzing = bool(values.get("fuzz")) and not values.get("pdb")
        self._given = [
            f"-{name}={text}"
            for name, text in texts.items()
            if name not in ("html", "http", "sarif")
        ]
        self._html, self._http = texts.get("html", ""), texts.get("http", "")
        self._sarif = texts.get("sarif", "")
        on_github = values.get("github", is_github(os.environ))
        self._github = self._fuzzing and bool(on_github)
        for name in _OWN_FLAGS:
            texts.pop(name, None)

    def reporter_of(self, package: Package) -> Reporter:
        """Return the reporter for a package.

        Raises:
            CannotRun: a page cannot be served.
        """
        if self.as_json:
            from fuzzengine.report.test2json import Test2JsonReporter

            reporter: Reporter = Test2JsonReporter(package.name)
            return self._with_pages(package, reporter, None)
        if self._fuzzing and sys.stdout.isatty():
            from fuzzengine.report.record import RunRecord
            from fuzzengine.report.terminal_reporter import TerminalReporter, screen_of

            screen = screen_of(os.environ)
            if screen is not None:
                record = RunRecord()
                reporter = TerminalReporter(record, screen)
                reporter.remove_when_suspended()
                return self._with_pages(package, reporter, record)
        return self._with_pages(package, Reporter(), None)

    def _with_pages(self, package: Package, inner: Reporter, record: RunRecord | None) -> Reporter:
        """Return a reporter that records the events for `inner` and for the pages, if needed.

        Args:
            package: the package.
            inner: the reporter that gets the output.
            record: the record that `inner` shows, or None.
        """
        if record is None and not (self._html or self._http or self._sarif or self._github):
            return inner
        from fuzzengine.report.campaign_reporter import CampaignReporter, HtmlFile
        from fuzzengine.report.record import RunRecord

        record = record or RunRecord()
        views: list[View] = []
        if self._html:
            views.append(HtmlFile(self._page_of(package, record), self._html))
        if self._http:
            views.append(self._served(self._page_of(package, record), inner))
        views += self._for_ci(package, record)
        return CampaignReporter(inner, record, views)

    def _for_ci(self, package: Package, record: RunRecord) -> list[View]:
        """Return the reporters that tell the services around a repository about failures."""
        from fuzzengine.report.locations import root_folder

        views: list[View] = []
        places = {"root": root_folder(os.environ), "folder": package.folder}
        if self._sarif:
            from fuzzengine.report.sarif import SarifFile

            views.append(SarifFile(record, self._sarif, **places))
        if self._github:
            from fuzzengine.report.github import Annotations

            # With -json, standard output has only events.
            stream = sys.stderr if self.as_json else sys.stdout
            views.append(Annotations(record, stream.write, **places))
        return views

    def _page_of(self, package: Package, record: RunRecord) -> Page:
        from fuzzengine.report.html import Page

        return Page(record, package=package.name, flags=self._given, folder=package.folder)

    def _served(self, page: Page, inner: Reporter) -> View:
        from fuzzengine.report.live_page import AddressError, LivePage, read_address

        try:
            live_page = LivePage(page, read_address(self._http))
        except AddressError as error:
            raise CannotRun(f"-http {self._http}: {error}") from None
        inner.message(f"fuzz: live page: {live_page.url}\n")
        return live_page
