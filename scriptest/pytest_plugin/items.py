"""Collects and runs scripts as test items of pytest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from scriptest.base import duration
from scriptest.base.suggest import nearest
from scriptest.base.visible import visible
from scriptest.engine.result import Result, Status
from scriptest.pytest_plugin import fixtures, summary
from scriptest.pytest_plugin.failure import ScriptFailed, failure_repr, shown_parts, visible_result
from scriptest.pytest_plugin.session import session_of
from scriptest.report.text import log_text
from scriptest.run.runner import unrunnable
from scriptest.suite.suite import Selected, SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from _pytest._code.code import TerminalRepr

    from scriptest.report.style import Part

__all__ = ["ScriptFailed", "ScriptFile", "ScriptItem"]


def collectors(path: Path, parent: pytest.Collector, found: list[Any]) -> list[Any]:
    """Return the collectors of a file that may be a script.

    Args:
        path: the file.
        parent: the collector of its folder.
        found: the collectors of other plugins. For a script, doctests among them are dropped, and
            an existing ScriptFile is kept instead of adding one.
    """
    if not session_of(parent.config).owns(str(path)):
        return found
    others = [each for each in found if type(each).__module__ != "_pytest.doctest"]
    if any(isinstance(each, ScriptFile) for each in others):
        return others
    return [*others, ScriptFile.from_parent(parent, path=path, **_visible_names(path, parent))]


def _visible_names(path: Path, parent: pytest.Collector) -> dict[str, Any]:
    """Return the arguments that name a file for pytest, if its path has control characters.

    pytest writes names and node ids to terminals and JUnit files as they are.
    """
    if visible(str(path)) == str(path):
        return {}
    relative = os.path.relpath(path, parent.config.rootpath)
    return {"name": visible(path.name), "nodeid": visible(relative.replace(os.sep, "/"))}


def _script() -> None:
    """Serve as the function of an item; pytest requires one, without arguments or marks."""


class ScriptFile(pytest.Module):
    """A script file: one item, or one for each variant of its matrix.

    It is a Module, like pytest's DoctestTextfile, for fixtures with the scope `module`.
    """

    obj = None

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the script, or its variants.

        Raises:
            pytest.Collector.CollectError: the script's settings or header are wrong.
        """
        session = session_of(self.config)
        try:
            scripts = session.find(str(self.path))
        except SuiteError as error:
            raise self.CollectError(visible(str(error))) from None
        for index, script in enumerate(scripts):
            if not index:
                session.mark(self, script)
            suffix = f"[{script.id}]" if script.id else ""
            name = visible(self.path.stem + suffix)
            item = ScriptItem.from_parent(self, name=name, callobj=_script)
            item.script = script
            yield item


class ScriptItem(pytest.Function):
    """One script, or one variant of it, as a test.

    It is a Function in order to use fixtures: autouse fixtures and those in its header.
    """

    script: Selected
    skipped_at: tuple[str, int] | None = None
    """The file and line that the report of a skipped script shows."""
    failure: Sequence[Part] = ()
    """The text of the failure."""

    def setup(self) -> None:
        """Set up the fixtures, and the suite before its first script."""
        missing = None
        try:
            super().setup()
        except pytest.FixtureLookupError as error:
            if error.argname not in self.script.header.use:
                raise
            missing = error
        if missing is not None:
            pytest.fail(visible(f"{self.script.file}: {_missing_message(missing)}"), pytrace=False)
        session = session_of(self.config)
        self.session.addfinalizer(session.close)
        if session.in_worker:
            session.join_workers(self.funcargs["tmp_path_factory"])
        try:
            session.runner.prepare([self.script])
        except SuiteError as error:
            pytest.fail(visible(str(error)), pytrace=False)

    def runtest(self) -> None:
        """Run the script in a fresh sandbox.

        Raises:
            ScriptFailed: it failed.
        """
        session = session_of(self.config)
        # The item lives until the end of the session; values of fixtures must not.
        used = {name: self.funcargs[name] for name in self.script.header.use}
        script = self.script._replace(fixtures=used, env=fixtures.variables(used))
        try:
            with session.running(script):
                result = session.runner.run_one(script)
        except OSError as error:
            result = unrunnable(self.script, error)
        if result.failure is not None:
            from scriptest.vet.notes import with_notes

            result = with_notes(script, result)
        result = visible_result(result)
        self._note(result)
        if result.status.is_failure:
            raise ScriptFailed(result)
        if result.status is Status.SKIPPED:
            line = result.phases[-1].line if result.phases else 1
            self.skipped_at = (visible(str(self.path)), line)
            pytest.skip(result.reason or "skipped by the script")
        if result.status is Status.XFAIL:
            pytest.xfail(result.reason)
        self.add_report_section("call", "stdout", log_text(result) + "\n")

    def _note(self, result: Result) -> None:
        """Add properties to the report, for the summary and JUnit files."""
        note = self.user_properties.append
        for phase in result.phases:
            if phase.title:
                seconds = duration.format_seconds(phase.seconds)
                note((summary.PHASE, f"{phase.title} ({seconds})"))
        if result.updated:
            note((summary.UPDATED, ", ".join(result.updated)))
        if result.status is Status.FLAKY_ALLOWED:
            note((summary.FLAKY, result.reason))
        if result.kept:
            note((summary.WORK, result.kept))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Return the script's log and message for a failed script."""
        if isinstance(excinfo.value, ScriptFailed):
            result = excinfo.value.result
            self.failure = shown_parts(result, whole=self.config.get_verbosity() > 1)
            return failure_repr(result, self.failure)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the path and the name of the script."""
        return visible(str(self.path)), None, visible(f"script {self.script.name}")


def _missing_message(error: pytest.FixtureLookupError) -> str:
    """Return the message about a missing fixture, with the nearest known name."""
    known = str(error.formatrepr().errorstring).partition("available fixtures: ")[2]
    near = nearest(str(error.argname), known.partition("\n")[0].split(", "))
    hint = f"; did you mean `{near}`?" if near else ""
    return f"use: unknown fixture `{error.argname}`{hint}"
