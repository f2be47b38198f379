"""Prepares the campaigns of Go's fuzz tests: options, worker program, records of failures."""

from __future__ import annotations

import os
import sys

from fuzzengine.campaign.options import WorkerProgram
from fuzzengine.corpus.encoding import printable
from fuzzengine.findings.reproducer import shortened
from fuzzengine.golang.traces import GoTraces
from fuzzengine.gopackage.coverage import CoverProgram
from fuzzengine.gopackage.discovery import DiscoveryError, discover
from fuzzengine.gopackage.package import module_name
from fuzzengine.gopackage.toolchain import ToolchainError
from fuzzengine.program import variables
from fuzzengine.program.coordinator_mode import (
    PythonSetup,
    Recorder,
    limits_of,
    options_of,
)
from fuzzengine.report import lines
from fuzzengine.testing.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Crash
    from fuzzengine.gopackage.discovery import GoFuzzTest
    from fuzzengine.gopackage.toolchain import Toolchain
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.fuzz import F

_ADDED = "seed#"


class GoSetup(PythonSetup):
    """Prepares the campaigns of the fuzz tests of one Go package.

    Args:
        program: the test program, an absolute path.
        folder: the folder of the package.
        toolchain: builds another program, for reports of coverage.
        scratch: a folder for temporary files.
    """

    def __init__(self, program: str, folder: str, toolchain: Toolchain, scratch: str) -> None:
        self._program = program
        self._folder = folder
        self._toolchain = toolchain
        self._scratch = scratch
        self._traces = GoTraces(folder, toolchain.value("GOROOT"))
        self._cover: CoverProgram | None = None
        self._known: dict[str, GoFuzzTest | None] = {}

    def function(self, name: str, limit: int) -> Callable[[F], None]:
        """Return a function that calls `f.fuzz` as the fuzz test of this name does.

        Args:
            name: the fuzz test.
            limit: the nanoseconds that it may take up to its fuzz target; 0 means no limit.
        """

        def fuzz_test(f: F) -> None:
            try:
                if name not in self._known:
                    self._known[name] = discover(
                        self._program, name, self._folder, self._scratch, limit
                    )
            except DiscoveryError as error:
                f._output.append(f"{error}\n")
                f._fail()
                return
            known = self._known[name]
            if known is None:
                f.skip()
            f.fuzz_called = True
            f._driver(f, Target(_called_by_go, known.kinds, ()))

        return fuzz_test

    def options(self, f: F, target: Target, flags: ProgramFlags) -> Options:
        """Return the options of a campaign, with its seeds and the number of its counters."""
        known = self._known[f.name()]
        assert known is not None
        options = options_of(f, target, flags)
        options.seeds = known.seeds()
        options.coverage_size = known.counters
        options.go_workers = True
        return options

    def program(self, fuzz_test: str, flags: ProgramFlags) -> WorkerProgram:
        """Return how the workers of a fuzz test are started."""
        command = [
            self._program,
            "-test.fuzzworker",
            "-test.run=^$",
            f"-test.fuzz=^{fuzz_test}$",
            f"-test.fuzzcachedir={flags.fuzzcachedir}",
        ]
        return WorkerProgram(command, limits_of(flags), traces=self._traces)

    def arguments(self, fuzz_test: str, target: Target, data: bytes) -> Sequence[str]:
        """Return a line for each argument in a corpus file."""
        return _arguments(data)

    def recorder(self, f: F, target: Target, options: Options, flags: ProgramFlags) -> Recorder:
        """Return the recorder of failing inputs."""
        return GoRecorder(None, f.name(), options, flags)

    def finish(self, options: Options, campaign: Campaign) -> None:
        """Execute the corpus once more for the lines that it reaches, if a page shows them."""
        if not options.events.modules:
            return
        try:
            cover = self._cover_program()
        except ToolchainError as error:
            sys.stderr.write(f"warning: no lines are shown as reached: {error}\n")
            return
        fuzz_test = os.path.basename(options.corpus_dir)
        cover.report(fuzz_test, campaign.queue.entries, options.events)

    def _cover_program(self) -> CoverProgram:
        if self._cover is None:
            path = os.path.join(self._scratch, "cover.test")
            packages = f"-coverpkg={module_name(self._folder)}/..."
            self._toolchain.build(self._folder, path, "-cover", packages)
            self._cover = CoverProgram(path, self._folder, self._scratch)
        return self._cover


class GoRecorder(Recorder):
    """Writes the failing inputs of a Go fuzz test and reports how plain Go repeats them."""

    def _reproduction(self, crash: Crash, name: str) -> lines.Reproduction:
        package = os.environ.get(variables.FOLDER, "")
        if package and not package.startswith(("/", "./", "../")):
            package = f"./{package}"
        if name.startswith(_ADDED):
            # Its number may be another one for Go, which counts seeds that are added twice.
            name = _ADDED
        command = f"go test -run={self.fuzz_test}/{name} {package}".rstrip()
        how = lines.Reproduction([command])
        how.arguments = _arguments(crash.entry.load())
        return how


def _arguments(data: bytes) -> list[str]:
    """Return the lines of a corpus file after the first; long ones are cut."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")[1:]
    return [shortened(printable(line)) for line in lines if line.strip()]


def _called_by_go() -> None:
    """Stand for the fuzz target, which the test program calls."""
