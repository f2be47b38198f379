"""The test program: runs a package's tests, its seeds, and its fuzzing (Go: testing.M.Run).

One program plays three roles: it runs tests, it coordinates fuzzing with -test.fuzz, and it is a
worker with -test.fuzzworker as its first argument.
"""

from __future__ import annotations

import atexit
import os
import sys
import time

from fuzzengine.base import framing
from fuzzengine.ipc.parent_death import hold_lifeline
from fuzzengine.ipc.signals import end_by_signal
from fuzzengine.program import flags as flag
from fuzzengine.program.shadowing import prefer_standard, warning
from fuzzengine.testing.common import Printer
from fuzzengine.testing.discovery import ImportFailure, discover, find_test_files
from fuzzengine.testing.fuzz import F, T, run_fuzz_test, run_test
from fuzzengine.testing.match import Matcher, PatternError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Any, NoReturn

    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.discovery import DiscoveredTests
    from fuzzengine.testing.fuzz import Driver

FILES_VARIABLE = "FUZZENGINE_FILES"
"""The test files to use, separated by os.pathsep; by default all of the folder."""

CODE_VARIABLE = "FUZZENGINE_CODE"
"""The folder for instrumented code; by default a part of -test.fuzzcachedir."""

NO_TESTS = "testing: warning: no tests to run\n"
NO_FUZZ_TESTS = "testing: warning: no fuzz tests to fuzz\n"

_FAILED, _USAGE, _WORKER_FAILED = 1, 2, 70
_CODE_FOLDER = "code"


class _Stop(Exception):
    """The program ends with a status, after printing a text to standard error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def main(folder: str | None = None) -> NoReturn:
    """Run the test program of a package and end the process with its exit status.

    Args:
        folder: where the test files are; by default the current folder.
    """
    hold_lifeline()
    try:
        status = _run(_read_flags(sys.argv[1:]), folder or os.getcwd())
    except _Stop as stop:
        sys.stdout.flush()
        sys.stderr.write(str(stop))
        status = stop.status
    except KeyboardInterrupt:
        end_by_signal("SIGINT")
        status = _FAILED
    _exit(status)


def _exit(status: int) -> NoReturn:
    """End the process at once, as Go's os.Exit does, also if a test has left threads running."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # It may be closed, or anything that the code under test has put there.
            continue
    atexit._run_exitfuncs()
    os._exit(status)


def _read_flags(arguments: Sequence[str]) -> ProgramFlags:
    program = sys.argv[0]
    try:
        values, _ = flag.parse(arguments, flag.PROGRAM_FLAGS)
    except flag.FlagError as error:
        text = flag.usage(program, flag.PROGRAM_FLAGS, "test.")
        if isinstance(error, flag.HelpWanted):
            raise _Stop(0, text) from None
        raise _Stop(_USAGE, f"{error}\n{text}") from None
    chosen = flag.ProgramFlags(values)
    if chosen.parallel < 0 or values.get("parallel") == 0:
        raise _Stop(_FAILED, "testing: -parallel can only be given a positive integer\n")
    if chosen.fuzz and not chosen.fuzzcachedir and not chosen.fuzzworker:
        raise _Stop(_USAGE, "testing: -test.fuzzcachedir must be set if -test.fuzz is set\n")
    return chosen


def _run(flags: ProgramFlags, folder: str) -> int:
    _set_up_output()
    if flags.fuzzworker:
        from fuzzengine.program.worker_mode import prepare_process

        prepare_process()
    try:
        matcher = Matcher(flags.run, "-test.run", flags.skip)
        fuzz_matcher = Matcher(flags.fuzz, "-test.fuzz", flags.skip) if flags.fuzz else None
        listing = Matcher(flags.list, "-test.list") if flags.list else None
    except PatternError as error:
        raise _Stop(_FAILED, f"{error}\n") from None
    hidden = prefer_standard(folder)
    if hidden and not flags.fuzzworker:
        sys.stderr.write(warning(hidden))
    sys.path.insert(0, folder)
    try:
        found = discover(_test_files(folder), _compiler(flags))
    except ImportFailure as error:
        raise _Stop(_USAGE if not flags.fuzzworker else _WORKER_FAILED, f"{error}\n") from None
    if listing is not None:
        for name, _ in found.tests + found.fuzz_tests:
            if listing.matches(name):
                print(name)
        return 0
    if flags.fuzzworker:
        return _work(flags, found, fuzz_matcher)
    if flags.corpusjob:
        from fuzzengine.program.corpus_mode import run_job

        return run_job(flags, _chosen(found, fuzz_matcher))
    return _Run(flags, found, matcher, fuzz_matcher).all()


def _set_up_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace", line_buffering=True)


def _test_files(folder: str) -> list[str]:
    named = os.environ.get(FILES_VARIABLE)
    return named.split(os.pathsep) if named else find_test_files(folder)


def _compiler(flags: ProgramFlags) -> Callable[[bytes, str, str], CodeType]:
    """Return what compiles a test file; with counters, and so is what it imports, if fuzzing."""
    counted = flags.fuzz or "superlinear" in flags.detect
    if not counted or flag.NOTHING in flags.nocover:
        return _compile_plainly
    from fuzzengine.instrument import import_hook as instrument

    cache = os.environ.get(CODE_VARIABLE)
    if not cache and flags.fuzzcachedir:
        cache = os.path.join(flags.fuzzcachedir, _CODE_FOLDER)
    counting = instrument.install(flags.cover, flags.nocover, cache_dir=cache or None)

    def compile_source(source: bytes, path: str, name: str) -> CodeType:
        plainly = name in flags.nocover
        return (_compile_plainly if plainly else counting.compile)(source, path, name)

    return compile_source


def _compile_plainly(source: bytes, path: str, _: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


def _work(flags: ProgramFlags, found: DiscoveredTests, fuzz_matcher: Matcher | None) -> int:
    """Be a worker: run the one fuzz test that is fuzzed; return the exit status."""
    from fuzzengine.instrument.coverage import COVERAGE
    from fuzzengine.program.worker_mode import imported, worker_driver

    imported()
    chosen = _chosen(found, fuzz_matcher)
    if len(chosen) != 1:
        return _WORKER_FAILED
    name, function = chosen[0]
    driver = worker_driver(
        COVERAGE, flags.memlimit, flags.dict, flags.detect, keep_going=flags.keepgoing
    )
    f = F(name, Printer(sys.stderr, verbose=False), driver)
    try:
        passed = run_fuzz_test(f, function)
    except (OSError, ValueError):
        # The code under test has closed the standard error that was to show what went wrong.
        return _WORKER_FAILED
    if passed and f.skipped() and not f.fuzz_called:
        sys.stderr.write(f"--- SKIP: {name} ({f.duration:.2f}s)\n" + "".join(f._output))
    return 0 if passed else _WORKER_FAILED


def _chosen(found: DiscoveredTests, fuzz_matcher: Matcher | None) -> list[tuple[str, Any]]:
    if fuzz_matcher is None:
        return []
    return [item for item in found.fuzz_tests if fuzz_matcher.matches(item[0])]


class _Run:
    """One run of all that the flags ask for, except as a worker."""

    def __init__(
        self,
        flags: ProgramFlags,
        found: DiscoveredTests,
        matcher: Matcher,
        fuzz_matcher: Matcher | None,
    ) -> None:
        self._flags = flags
        self._found = found
        self._matcher = matcher
        self._fuzz_matcher = fuzz_matcher
        self._printer = Printer(
            sys.stdout, verbose=bool(flags.v), framed=flags.v == framing.VERBOSE
        )
        self._deadline = time.time() + flags.timeout / 1e9 if flags.timeout else None
        self._ran = False

    def all(self) -> int:
        """Run tests, then seeds, then the fuzzing; return the exit status (Go: M.Run)."""
        from fuzzengine.program.timeout import Alarm

        alarm = Alarm(self._flags.timeout)
        alarm.start()
        passed = True
        for _ in range(self._flags.count):
            passed &= self._tests(alarm)
            passed &= self._seeds(alarm)
            self._matcher.forget_subtests()
        alarm.stop()
        if not self._ran and self._fuzz_matcher is None:
            self._warn(NO_TESTS, "NoTests")
        if passed:
            passed = self._fuzz()
        self._printer.update("", "PASS\n" if passed else "FAIL\n")
        return 0 if passed else _FAILED

    def _warn(self, text: str, field: str) -> None:
        """Print a warning, and tell the command that runs this program the same as data."""
        from fuzzengine.ipc import result_file

        sys.stderr.write(text)
        result_file.append(self._flags.resultfile, {field: True})

    def _tests(self, alarm: Any) -> bool:
        passed = True
        for name, function in self._found.tests:
            if not self._matcher.matches(name):
                continue
            self._ran = True
            test = T(name, self._printer, matcher=self._matcher, deadline=self._deadline)
            alarm.running = name
            passed &= run_test(test, _call_of(function, test))
        return passed

    def _seeds(self, alarm: Any) -> bool:
        from fuzzengine.program.seed_mode import seed_driver

        passed = True
        for name, function in self._found.fuzz_tests:
            if not self._matcher.matches(name):
                continue
            if self._fuzz_matcher is not None and self._fuzz_matcher.matches(name):
                continue
            self._ran = True
            alarm.running = name
            driver = seed_driver(self._matcher, self._deadline, self._flags.detect)
            passed &= run_fuzz_test(F(name, self._printer, driver), function)
        return passed

    def _fuzz(self) -> bool:
        """Fuzz what -test.fuzz selects (Go: runFuzzing, which wants it to be one)."""
        if self._fuzz_matcher is None or not self._found.fuzz_tests:
            return True
        chosen = _chosen(self._found, self._fuzz_matcher)
        if not chosen:
            self._warn(NO_FUZZ_TESTS, "NoFuzzTests")
            return True
        if len(chosen) > 1 and not self._flags.gocompat:
            from fuzzengine.instrument.coverage import COVERAGE
            from fuzzengine.program.several import fuzz_several

            return fuzz_several(chosen, self._flags, COVERAGE, self._printer)
        if len(chosen) > 1:
            names = " ".join(name for name, _ in chosen)
            sys.stderr.write(
                f"testing: will not fuzz, -fuzz matches more than one fuzz test: [{names}]\n"
            )
            return False
        name, function = chosen[0]
        passed = run_fuzz_test(F(name, self._printer, self._fuzzing_driver()), function)
        if self._printer.verbose:
            self._printer.update("", "=== NAME  \n")
        return passed

    def _fuzzing_driver(self) -> Driver:
        from fuzzengine.instrument.coverage import COVERAGE
        from fuzzengine.program.coordinator_mode import Outcome, coordinator_driver

        return coordinator_driver(self._flags, COVERAGE, Outcome())


def _call_of(function: Any, test: T) -> Callable[[], object]:
    """Return a call of a test function; one without parameters is called as it is."""
    code = function.__code__
    required = code.co_argcount - len(function.__defaults__ or ())
    if code.co_argcount == 0:
        return lambda: function()
    if required > 1 or code.co_varnames[0] != "t":
        names = ", ".join(code.co_varnames[: code.co_argcount])
        return lambda: test.skip(f"its parameters ({names}) are for another test runner")
    return lambda: function(test)
