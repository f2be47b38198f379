"""Shows scripts to pytest as test items. A thin front over the runner."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scriptest.report.text import failure_text, phase_text
from scriptest.result import Result, Status
from scriptest.runner import Options, Runner
from scriptest.suite import Finder

_RUNNER = pytest.StashKey[Runner]()


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


class ScriptFile(pytest.File):
    """A script file, which is one item."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the script."""
        yield ScriptItem.from_parent(self, name=self.path.stem)


class ScriptItem(pytest.Item):
    """One script as a test."""

    def runtest(self) -> None:
        """Run the script in a fresh sandbox."""
        name = os.path.relpath(self.path, self.config.invocation_params.dir)
        selected = Finder().find([str(self.path)])[0]
        result = _runner(self.config).run_one(selected._replace(name=name))
        if result.status.is_failure:
            raise ScriptFailed(result)
        if result.status is Status.SKIPPED:
            pytest.skip(result.reason or "the script says so")
        for phase in result.phases:
            self.add_report_section("call", "script", phase_text(phase))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,
    ) -> str:
        """Return the failure as the script's author wants to read it."""
        if isinstance(excinfo.value, ScriptFailed):
            return failure_text(excinfo.value.result)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Return where the script is and what it is called."""
        return self.path, None, f"script {self.path.name}"
