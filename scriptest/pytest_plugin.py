"""Shows scripts to pytest as test items. A thin front over the runner."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from scriptest.report.text import failure_text, phase_text
from scriptest.result import Failure, Result, Status
from scriptest.runner import Options, Runner
from scriptest.suite import Finder, Selected, SuiteError

_RUNNER = pytest.StashKey[Runner]()
_FINDER = pytest.StashKey[Finder]()


def _runner(config: pytest.Config) -> Runner:
    """Return the one runner of this pytest session, made when the first script needs it."""
    if _RUNNER not in config.stash:
        config.stash[_RUNNER] = Runner(Options())
        config.add_cleanup(config.stash[_RUNNER].close)
    return config.stash[_RUNNER]


class ScriptFailed(Exception):
    """A script failed; what pytest shows of it is the script's own log."""

    def __init__(self, result: Result) -> None:
        """Carry the result to the report."""
        super().__init__(result)
        self.result = result


class ScriptFailure(TerminalRepr):
    """A script's failure, with the place and message that pytest's summary shows."""

    def __init__(self, result: Result) -> None:
        """Take the text from a failed result."""
        failure = result.failure or Failure(result.name, 0, 0, result.status.label, "")
        self._text = failure_text(result)
        # pytest looks for this name to write the line of its short summary.
        self.reprcrash = ReprFileLocation(failure.file, failure.line, failure.message)

    def __str__(self) -> str:
        return self._text

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the section that failed, the place and the message."""
        tw.line(self._text)


class ScriptFile(pytest.File):
    """A script file: one item, or one for each variant of its matrix."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the script, or its variants.

        Raises:
            pytest.UsageError: the settings beside the script, or its header, are wrong.
        """
        finder = self.config.stash.setdefault(_FINDER, Finder())
        name = os.path.relpath(self.path, self.config.invocation_params.dir)
        try:
            scripts = finder.find([str(self.path)])
        except SuiteError as error:
            raise pytest.UsageError(str(error)) from None
        for script in scripts:
            suffix = f"[{script.id}]" if script.id else ""
            item = ScriptItem.from_parent(self, name=self.path.stem + suffix)
            item.script = script._replace(name=name + suffix)
            yield item


class ScriptItem(pytest.Item):
    """One script, or one variant of it, as a test."""

    script: Selected

    def runtest(self) -> None:
        """Run the script in a fresh sandbox."""
        result = _runner(self.config).run_one(self.script)
        if result.status.is_failure:
            raise ScriptFailed(result)
        if result.status is Status.SKIPPED:
            pytest.skip(result.reason or "the script says so")
        if result.status is Status.XFAIL:
            pytest.xfail(result.reason)
        for phase in result.phases:
            self.add_report_section("call", "script", phase_text(phase))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Return the failure as the script's author wants to read it."""
        if isinstance(excinfo.value, ScriptFailed):
            return ScriptFailure(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Return where the script is and what it is called."""
        return self.path, None, f"script {self.script.name}"
