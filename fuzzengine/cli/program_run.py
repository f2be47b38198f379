"""Runs the test program of a package, and reads the result that it leaves."""

from __future__ import annotations

import os
import sys

from fuzzengine.base import tempdir
from fuzzengine.base.errors import FAILED, CannotRun
from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.base.paths import cache_root, code_cache, fuzz_cache, package_name
from fuzzengine.cli.packages import Package
from fuzzengine.cli.report_options import for_other_runner
from fuzzengine.ipc import result_file
from fuzzengine.program import variables
from fuzzengine.report.events import FIGURES
from fuzzengine.report.reporters import Reporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fuzzengine.ipc.child import Finished
    from fuzzengine.ipc.result_file import ProgramResult

_DEFAULT_TIMEOUT = "10m0s"
_CHUNKS_KEPT = 64


class ProgramRun:
    """One run of a package's test program.

    Args:
        package: the package.
        texts: flags of the test program, as they were given.
        streaming: pass the output on as it arrives, to `write` or else to standard output.

    Attributes:
        more_environment: variables for the program besides those of this process.
        owns_process: nothing else runs in this process, so that all its children may be ended.
        result: the content of its result file; set by `run`.
    """

    def __init__(
        self,
        package: Package,
        texts: Mapping[str, str],
        *,
        streaming: bool,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self._package = package
        self._texts = texts
        self._streaming = streaming
        self._write = write
        self._folders: list[tempdir.RunFolder] = []
        self._result_file = ""
        self.more_environment: Mapping[str, str] = {}
        self.owns_process = True
        self.result = result_file.ProgramResult()

    def exit_status(self, finished: Finished) -> int:
        """Return the exit status of a command that runs the program and nothing else.

        Only its result file can say that it was not a test that failed: the code under test may
        end the program with any status.
        """
        if finished.status.ok and self.result.finished:
            return 0
        return self.result.status or FAILED

    def run(self) -> Finished:
        """Run the program to its end and read its result file; remove its temporary folders.

        Raises:
            CannotRun: the program cannot begin or go on, whatever its tests do.
        """
        folder = tempdir.RunFolder(tagged=bool(self._texts.get("fuzz")))
        self._folders.append(folder)
        try:
            self._result_file = os.path.join(folder.path, "result")
            if not result_file.create(self._result_file):
                # The program then supervises itself.
                self._result_file = ""
            finished = self._start_and_wait()
            self.result = result_file.read(self._result_file)
            self.result.finished |= not self._result_file
            if self.result.cannot_run:
                raise CannotRun(self.result.cannot_run)
            return finished
        finally:
            result_file.remove(self._result_file)
            for one in self._folders:
                one.remove()

    def _start_and_wait(self) -> Finished:
        from fuzzengine.ipc.child import run_child, run_in_foreground

        kind = "gopackage" if self._package.is_go else "program"
        boot = os.path.join(ENGINE_FOLDER, kind, "boot.py")
        command = [sys.executable, "-P", boot, *self._arguments()]
        environment = self._environment()
        try:
            before = os.getcwd()
        except OSError:
            # The current folder was removed, and the package is another one.
            before = self._package.folder
        os.chdir(self._package.folder)
        try:
            if self._texts.get("pdb"):
                return run_in_foreground(command, environment)
            return run_child(
                command,
                environment,
                streaming=self._streaming,
                take=self._write,
                end_orphans=self.owns_process and bool(self._texts.get("fuzz")),
                run_number=self._folders[0].number,
            )
        finally:
            os.chdir(before)

    def _arguments(self) -> list[str]:
        texts = {"timeout": _DEFAULT_TIMEOUT, **self._texts, "resultfile": self._result_file}
        if texts.get("fuzz"):
            texts["fuzzcachedir"] = self._inputs_folder(texts.get("fuzzcachedir", ""))
        return [f"-test.{name}={text}" for name, text in texts.items()]

    def _inputs_folder(self, given: str) -> str:
        """Return the folder for interesting inputs; `given` is the value of -fuzzcachedir."""
        if self._package.is_go and not given:
            from fuzzengine.cli.inputs import go_inputs_folder

            return go_inputs_folder(self._package.folder)
        root = cache_root(os.environ)
        if not given and not root:
            # A sandbox without a home folder: interesting inputs are kept for this run only.
            cache = tempdir.RunFolder(cache=True)
            self._folders.append(cache)
            root = cache.path
        if variables.is_go_test():
            # Scripts expect the layout of Go.
            return given or os.path.join(fuzz_cache(root), *self._package.name.split("/"))
        from fuzzengine.cli.inputs import inputs_folder, take_over

        folder = inputs_folder(self._package.folder, root, given)
        take_over(self._package.folder, folder, self._package.files)
        return folder

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ}
        environment.pop(variables.PYTEST, None)
        environment |= self.more_environment
        environment.setdefault(variables.COMMAND, variables.OWN_COMMAND)
        environment[tempdir.ROOT_VARIABLE] = self._folders[0].path
        environment[variables.FOLDER] = self._package.argument
        # Otherwise the database of Hypothesis would not be that of `pytest` in the current folder.
        environment.setdefault(variables.HYPOTHESIS, os.path.abspath(".hypothesis"))
        root = cache_root(os.environ)
        environment[variables.CODE] = code_cache(root) if root else ""
        environment.pop(variables.FILES, None)
        if self._package.files:
            environment[variables.FILES] = os.pathsep.join(self._package.files)
        return environment


class CampaignRun:
    """A campaign that was run for another test runner, and has ended.

    Attributes:
        finished: how the test program ended; the output is that after the campaign.
        result: the content of the program's result file.
        passed: no input failed, and nothing else.
        folder: the folder of the package.
        events: the events `crash` and `end`.
    """

    def __init__(
        self, finished: Finished, result: ProgramResult, folder: str, events: list[dict[str, Any]]
    ) -> None:
        self.finished = finished
        self.result = result
        self.passed = finished.status.ok and result.finished
        self.folder = folder
        self.events = events


def run_campaign(
    file: str, texts: Mapping[str, str], environment: Mapping[str, str]
) -> CampaignRun:
    """Fuzz in the folder of a test file, with that file only, for another test runner.

    The output of the campaign goes to descriptor 1 as it arrives, but not the report of its
    failure.

    Args:
        file: the test file.
        texts: flags of the test program; `fuzz` selects the fuzz test.
        environment: variables for the test program besides those of this process.
    """
    package = Package(os.path.dirname(file), os.path.relpath(file), [file])
    package.name = package_name(package.folder)
    own = _CampaignOutput()
    reporter = for_other_runner(package, own)
    program = ProgramRun(package, {**texts, **reporter.flags}, streaming=True, write=reporter.write)
    program.more_environment = environment
    program.owns_process = False
    finished = program.run()
    run = CampaignRun(finished, program.result, package.folder, own.events)
    reporter.finish("pass" if run.passed else "fail")
    if run.passed or finished.signals:
        own.pass_on()
    finished.output = own.kept
    return run


class _CampaignOutput(Reporter):
    """Passes on the output of a campaign, and keeps the output before and after it.

    Attributes:
        events: the events `crash` and `end`.
    """

    flags: Mapping[str, str] = {"fuzzevents": FIGURES}

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._chunks: list[bytes] = []
        self._fuzzing = False

    @property
    def kept(self) -> str:
        """The output that was not passed on."""
        return b"".join(self._chunks).decode("utf-8", "replace")

    def pass_on(self) -> None:
        """Pass on the output that was kept."""
        chunks, self._chunks = self._chunks, []
        for chunk in chunks:
            super().write(chunk)

    def write(self, chunk: bytes) -> None:
        """Pass on output, or keep it; of much output, only the end is kept."""
        self._chunks.append(chunk)
        if self._fuzzing:
            self.pass_on()
        elif len(self._chunks) > _CHUNKS_KEPT:
            super().write(self._chunks.pop(0))

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Take note of the begin and the end of the campaign, and of its failures."""
        if event["Event"] == "start":
            self._fuzzing = True
            self.pass_on()
        elif event["Event"] == "end":
            self._fuzzing = False
        if event["Event"] in ("crash", "end"):
            self.events.append(dict(event))
