"""Adds sections about scripts to pytest's summary.

Their data are properties of the reports, which workers of pytest-xdist send and JUnit files show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scriptest.report.style import Part

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

PHASE = "scriptest.phase"
UPDATED = "scriptest.updated"
FLAKY = "scriptest.flaky"
WORK = "scriptest.work"

_PARTS = "scriptest_parts"
"""The attribute of a report with the parts of a failed script's text."""

_TITLES = {
    UPDATED: "golden files updated",
    FLAKY: "flaky (allowed)",
    WORK: "work folders kept",
}
_SUMMARY: pytest.StashKey[Summary] = pytest.StashKey()


def summary_of(config: pytest.Config) -> Summary:
    """Return the session's summary; the first call creates and registers it."""
    if _SUMMARY not in config.stash:
        config.stash[_SUMMARY] = Summary(config)
        config.pluginmanager.register(config.stash[_SUMMARY], "scriptest-summary")
    return config.stash[_SUMMARY]


class Summary:
    """Collects properties of reports, and prints them at the end."""

    def __init__(self, config: pytest.Config) -> None:
        """Start without reports."""
        self._config = config
        self._found: dict[str, dict[str, None]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect a report; with -v, print the sections of the script below its line."""
        if report.when != "call":
            return
        for key, value in _properties(report):
            if key in _TITLES:
                name = report.nodeid.partition("::")[0] if key == UPDATED else report.nodeid
                self._found.setdefault(key, {})[f"{name}: {value}"] = None
        phases = "\n".join(f"    # {value}" for key, value in _properties(report) if key == PHASE)
        screen = self._config.pluginmanager.get_plugin("terminalreporter")
        if phases and screen is not None and self._config.get_verbosity() > 0:
            # Later output then starts on a new line.
            screen.write_ensure_prefix(phases)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report a skipped script at its own line, and add what a failed one shows in color."""
        report = yield
        failure = getattr(item, "failure", ())
        if failure and report.when == "call" and report.failed:
            # A plain list, which workers of pytest-xdist can send.
            setattr(report, _PARTS, [[part.kind, part.text] for part in failure])
        place = getattr(item, "skipped_at", None)
        if place is not None and report.skipped and isinstance(report.longrepr, tuple):
            report.longrepr = (*place, report.longrepr[2])
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Let the terminal show failed scripts in color."""
        screen = self._config.pluginmanager.get_plugin("terminalreporter")
        for report in screen.getreports("failed") if screen is not None else ():
            parts = getattr(report, _PARTS, ())
            if parts:
                from scriptest.pytest_plugin.failure import add_colors

                add_colors(report.longrepr, [Part(*part) for part in parts])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the lists of the whole run."""
        for key, title in _TITLES.items():
            lines = sorted(self._found.get(key, {}))
            if lines:
                terminalreporter.section(f"scriptest: {title}")
                for line in lines:
                    terminalreporter.write_line(line)


def _properties(report: pytest.TestReport) -> Iterator[tuple[str, str]]:
    for key, value in report.user_properties:
        if key.startswith("scriptest."):
            yield key, str(value)
