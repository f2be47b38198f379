"""Runs the tests of a Go package, and fuzzes its fuzz tests with fuzzengine's coordinator."""

from __future__ import annotations

import os
import subprocess
import sys

from fuzzengine.base import framing, tempdir
from fuzzengine.base.errors import EXIT_STATUS, FAILED, USAGE
from fuzzengine.gopackage.discovery import DiscoveryError, list_fuzz_tests
from fuzzengine.gopackage.package import import_path
from fuzzengine.gopackage.setup import GoSetup
from fuzzengine.gopackage.toolchain import Toolchain, ToolchainError
from fuzzengine.program.coordinator_mode import fuzz_one
from fuzzengine.program.corpus_mode import run_job
from fuzzengine.program.main import ExitProgram, nothing_matches, too_many
from fuzzengine.program.several import fuzz_several
from fuzzengine.testing.common import Printer
from fuzzengine.testing.match import FilterError, Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.fuzz import F

_PYTHON_ONLY = ("pdb", "detect", "dict", "cover", "nocover")
"""Flags for Python packages only."""

_NOT_SHOWN = ("PASS", "testing: warning: no tests to run")
"""Lines of a test program that is run before a campaign."""


def run(flags: ProgramFlags, folder: str) -> int:
    """Run the tests of a Go package and fuzz what -test.fuzz selects; return the exit status.

    Args:
        flags: the flags of the test program.
        folder: the folder of the package.

    Raises:
        ExitProgram: the flags do not fit, or the package cannot be built.
    """
    for name in _PYTHON_ONLY:
        if getattr(flags, name):
            raise ExitProgram(USAGE, f"testing: -{name} does not work for a Go package\n")
    try:
        matcher = Matcher(flags.fuzz, "-test.fuzz", flags.skip) if flags.fuzz else None
    except FilterError as error:
        raise ExitProgram(USAGE, f"{error}\n") from None
    scratch = tempdir.make("go")
    try:
        return _GoRun(flags, folder, scratch).run(matcher)
    except ToolchainError as error:
        raise ExitProgram(EXIT_STATUS, f"{error}\n") from None
    except DiscoveryError as error:
        raise ExitProgram(FAILED, f"{error}") from None
    finally:
        tempdir.remove(scratch)


class _GoRun:
    """One run of the test program of a Go package."""

    def __init__(self, flags: ProgramFlags, folder: str, scratch: str) -> None:
        self._flags = flags
        self._folder = folder
        self._scratch = scratch
        self._toolchain = Toolchain()
        self._program = os.path.join(scratch, "package.test")

    def run(self, matcher: Matcher | None) -> int:
        """Build and run the program; return the exit status."""
        if matcher is None:
            self._toolchain.build(self._folder, self._program)
            return self._run_tests([])
        if not self._flags.corpusjob:
            sys.stderr.write(f"fuzz: building {import_path(self._folder)}\n")
        self._toolchain.build(self._folder, self._program, "-fuzz=.")
        names = list_fuzz_tests(self._program, self._folder)
        chosen = [name for name in names if matcher.matches(name)]
        if self._flags.corpusjob:
            setup = self._setup()
            return run_job(self._flags, self._functions(setup, chosen), setup)
        if not chosen:
            sys.stderr.write(nothing_matches(self._flags.fuzz, names))
            return USAGE
        if len(chosen) > 1 and self._flags.gocompat:
            sys.stderr.write(too_many(chosen))
            return USAGE
        return self._run_tests(chosen) or self._fuzz(chosen)

    def _run_tests(self, fuzzed: Sequence[str]) -> int:
        """Run the tests, and the seeds of all fuzz tests but those that are fuzzed afterwards."""
        flags = self._flags
        skipped = [flags.skip] if flags.skip else []
        skipped += [f"^{name}$" for name in fuzzed]
        given = {
            "run": flags.run,
            "skip": "|".join(skipped),
            "list": flags.list,
            "v": flags.v if isinstance(flags.v, str) else str(flags.v).lower(),
            "short": str(flags.short).lower(),
            "count": str(flags.count),
            "timeout": f"{flags.timeout}ns",
        }
        command = [self._program, "-test.paniconexit0"]
        command += [f"-test.{name}={text}" for name, text in given.items() if text]
        sys.stdout.flush()
        sys.stderr.flush()
        if not fuzzed:
            return _status_of(subprocess.call(command, cwd=self._folder))
        with subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                text = line.decode("utf-8", "backslashreplace")
                if text.strip(f"\n{framing.FRAME}") not in _NOT_SHOWN:
                    sys.stdout.write(text)
        return _status_of(process.returncode)

    def _setup(self) -> GoSetup:
        return GoSetup(self._program, self._folder, self._toolchain, self._scratch)

    def _functions(
        self, setup: GoSetup, names: Sequence[str]
    ) -> list[tuple[str, Callable[[F], None]]]:
        return [(name, setup.function(name, self._flags.fuzzstarttime)) for name in names]

    def _fuzz(self, chosen: Sequence[str]) -> int:
        flags = self._flags
        setup = self._setup()
        printer = Printer(sys.stdout, verbose=bool(flags.v), framed=flags.v == framing.VERBOSE)
        functions = self._functions(setup, chosen)
        if len(chosen) > 1:
            status = fuzz_several(functions, flags, setup, printer)
        else:
            status = fuzz_one(*functions[0], flags, setup, printer)
        printer.update("", "FAIL\n" if status else "PASS\n")
        return status


def _status_of(returncode: int) -> int:
    return FAILED if returncode else 0
