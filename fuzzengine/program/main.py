"""The test program of a package: runs its tests, seeds and campaigns (Go: testing.M.Run).

The program has three modes: it runs tests, with -test.fuzz it coordinates a campaign, and with
-test.fuzzworker as its first argument it is a worker.
"""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.base import framing
from fuzzengine.base.errors import EXIT_STATUS, FAILED, USAGE, CannotRun
from fuzzengine.base.interpreter import InterpreterState, exit_process
from fuzzengine.ipc import result_file
from fuzzengine.ipc.parent_death import watch_parent
from fuzzengine.ipc.signals import end_by_signal, raise_interrupts
from fuzzengine.program import variables
from fuzzengine.program.flags import (
    NOCOVER_ALL,
    PROGRAM_FLAGS,
    FlagError,
    HelpWanted,
    ProgramFlags,
    did_you_mean,
    parse,
    usage,
)
from fuzzengine.program.shadowing import prefer_standard, warning
from fuzzengine.testing.common import Printer
from fuzzengine.testing.discovery import ImportFailure, discover, find_test_files
from fuzzengine.testing.fuzz import F, T, run_fuzz_test, run_test
from fuzzengine.testing.match import FilterError, Matcher
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Any, NoReturn

    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.program.debugger import Debugger
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.program.timeout import Timeout
    from fuzzengine.testing.discovery import DiscoveredTests

NO_TESTS = "testing: warning: no tests to run\n"
NOT_FUZZED = "testing: nothing is fuzzed while tests fail; -run=NONE leaves them out\n"
NO_FUZZ_TESTS = "testing: warning: no fuzz tests to fuzz\n"

_WORKER_FAILED = 70
_CODE_FOLDER = "code"

# The code under test may replace the builtins.
_any = BaseException


class ExitProgram(Exception):
    """Ends the program with a status, after a message on standard error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def main(
    folder: str | None = None, run: Callable[[ProgramFlags, str], int] | None = None
) -> NoReturn:
    """Run the test program of a package and end the process with its exit status.

    Args:
        folder: the folder of the test files; by default the current folder.
        run: runs the tests of a folder that is not one of Python tests.
    """
    watch_parent()
    state = InterpreterState()
    result_path = ""
    note_passed: Callable[[], object] = bool
    try:
        raise_interrupts()
        flags = _read_flags(sys.argv[1:])
        result_path = "" if flags.fuzzworker else flags.resultfile
        if not (result_path or flags.fuzzworker):
            from fuzzengine.program.supervision import supervise

            note_passed = supervise()
        status = (run or _run)(flags, folder or os.getcwd())
    except _any as error:
        state.restore()
        status = _status_of(error, state)
    if result_path and status not in (0, FAILED):
        result_file.append(result_path, result_file.STATUS, str(status))
    if not status:
        # Code that runs from here on, such as atexit functions, cannot make a failed run pass.
        result_file.finish(result_path)
        note_passed()
    exit_process(status)


def _status_of(error: BaseException, state: InterpreterState) -> int:
    """Return the exit status of the program for an exception, after a message about it."""
    if isinstance(error, KeyboardInterrupt):
        end_by_signal("SIGINT")
        return FAILED
    text = (
        f"{error}" if isinstance(error, ExitProgram) else f"fuzzengine: {state.describe(error)}\n"
    )
    text = visible(text)
    # A test may have replaced the streams.
    for stream, chunk in ((sys.__stdout__, ""), (sys.__stderr__, text)):
        if stream is not None:
            stream.write(chunk)
            stream.flush()
    return error.status if isinstance(error, ExitProgram) else FAILED


def _read_flags(arguments: Sequence[str]) -> ProgramFlags:
    program = sys.argv[0]
    try:
        values, _ = parse(arguments, PROGRAM_FLAGS)
    except FlagError as error:
        text = usage(program, PROGRAM_FLAGS, "test.")
        if isinstance(error, HelpWanted):
            raise ExitProgram(0, text) from None
        raise ExitProgram(USAGE, f"{error}\n{text}") from None
    flags = ProgramFlags(values)
    if flags.parallel < 0 or values.get("parallel") == 0:
        raise ExitProgram(
            _usage_status(), "testing: -parallel can only be given a positive integer\n"
        )
    if flags.fuzz and not flags.fuzzcachedir and not flags.fuzzworker:
        raise ExitProgram(USAGE, "testing: -test.fuzzcachedir must be set if -test.fuzz is set\n")
    return flags


def _usage_status() -> int:
    """Return the exit status for flags that Go's test program refuses with status 1."""
    return FAILED if variables.is_go_test() else USAGE


def _run(flags: ProgramFlags, folder: str) -> int:
    _set_up_output()
    if flags.fuzzworker:
        from fuzzengine.program.worker_mode import prepare_process

        prepare_process()
    try:
        matcher = Matcher(flags.run, "-test.run", flags.skip)
        fuzz_matcher = Matcher(flags.fuzz, "-test.fuzz", flags.skip) if flags.fuzz else None
        listing = Matcher(flags.list, "-test.list") if flags.list else None
    except FilterError as error:
        raise ExitProgram(_usage_status(), f"{error}\n") from None
    shadowing = prefer_standard(folder)
    if shadowing and not flags.fuzzworker:
        sys.stderr.write(warning(shadowing))
    sys.path.insert(0, folder)
    if (flags.cover or flags.nocover) and not flags.fuzzworker:
        _check_cover(flags)
    try:
        found = _find_tests(flags, folder)
    except ImportFailure as error:
        status = _WORKER_FAILED if flags.fuzzworker else EXIT_STATUS
        raise ExitProgram(status, f"{error}\n") from None
    if fuzz_matcher is not None and not variables.is_go_test():
        given = found.given_tests(in_worker=flags.fuzzworker)
        found.fuzz_tests += [test for test in given if fuzz_matcher.matches(test[0])]
    if listing is not None:
        for name, _ in found.tests + found.fuzz_tests:
            if listing.matches(name):
                print(name)
        return 0
    if flags.fuzzworker:
        return _work(flags, found, fuzz_matcher)
    if flags.corpusjob:
        from fuzzengine.program.coordinator_mode import PythonSetup
        from fuzzengine.program.corpus_mode import run_job

        return run_job(flags, _chosen(found, fuzz_matcher), PythonSetup(_coverage()))
    return _TestRun(flags, found, matcher, fuzz_matcher).run()


def _find_tests(flags: ProgramFlags, folder: str) -> DiscoveredTests:
    """Return the tests of the package, or the one that pytest is to run.

    Raises:
        ImportFailure: a test file cannot be imported.
    """
    if os.environ.get(variables.PYTEST):
        from fuzzengine.program.pytest_host import import_plugins, requested_test

        import_plugins()
        _compiler(flags)
        return requested_test(in_worker=flags.fuzzworker)
    return discover(_test_files(folder), _compiler(flags))


def _check_cover(flags: ProgramFlags) -> None:
    from fuzzengine.program.cover_names import mistakes

    lines = mistakes(flags.cover, flags.nocover)
    if lines:
        raise ExitProgram(USAGE, "".join(lines))


def _set_up_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace", line_buffering=True)


def _test_files(folder: str) -> list[str]:
    named = os.environ.get(variables.FILES)
    return named.split(os.pathsep) if named else find_test_files(folder)


def _compiler(flags: ProgramFlags) -> Callable[[bytes, str, str], CodeType]:
    """Return the function that compiles test files.

    With -test.fuzz it adds counters, and imported modules get counters as well.
    """
    instrumented = flags.fuzz or "superlinear" in flags.detect
    if not instrumented or NOCOVER_ALL in flags.nocover:
        return _compile_plainly
    from fuzzengine.instrument.import_hook import install

    cache = os.environ.get(variables.CODE)
    if not cache and flags.fuzzcachedir:
        cache = os.path.join(flags.fuzzcachedir, _CODE_FOLDER)
    instrumentation = install(flags.cover, flags.nocover, cache_dir=cache or None)

    def compile_source(source: bytes, path: str, name: str) -> CodeType:
        excluded = name in flags.nocover
        return (_compile_plainly if excluded else instrumentation.compile)(source, path, name)

    return compile_source


def _compile_plainly(source: bytes, path: str, _: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


def _work(flags: ProgramFlags, found: DiscoveredTests, fuzz_matcher: Matcher | None) -> int:
    """Run the fuzzed fuzz test as a worker; return the exit status."""
    from fuzzengine.instrument.coverage import COVERAGE
    from fuzzengine.program.worker_mode import imported, worker_driver

    imported()
    chosen = _chosen(found, fuzz_matcher)
    if len(chosen) != 1:
        return _WORKER_FAILED
    name, function = chosen[0]
    f = F(name, Printer(sys.stderr, verbose=False), worker_driver(flags, COVERAGE))
    try:
        passed = run_fuzz_test(f, function)
    except (OSError, ValueError):
        # The code under test closed standard error, so the failure cannot be shown.
        return _WORKER_FAILED
    if passed and f.skipped() and not f.fuzz_called:
        sys.stderr.write(f"--- SKIP: {name} ({f.duration:.2f}s)\n{f._output}")
    return 0 if passed else _WORKER_FAILED


def _chosen(found: DiscoveredTests, fuzz_matcher: Matcher | None) -> list[tuple[str, Any]]:
    if fuzz_matcher is None:
        return []
    return [item for item in found.fuzz_tests if fuzz_matcher.matches(item[0])]


class _TestRun:
    """One run of the tests, seeds and campaigns that the flags select."""

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
        self._state = InterpreterState()
        self._debugger: Debugger | None = None
        if flags.pdb:
            from fuzzengine.program.debugger import Debugger

            self._debugger = Debugger()
        self._printer = Printer(
            sys.stdout,
            verbose=bool(flags.v),
            framed=flags.v == framing.VERBOSE,
            on_failure=self._on_failure,
            state=self._state,
        )
        self._deadline = time.time() + flags.timeout / 1e9 if flags.timeout else None
        self._ran = False
        self._coverage = _coverage() if fuzz_matcher is not None else None

    def run(self) -> int:
        """Run tests, then seeds, then the fuzzing; return the exit status (Go: M.Run)."""
        try:
            status = self._run()
        except CannotRun as error:
            # The command line, if there is one, prints the reason.
            file = self._flags.resultfile
            if not result_file.append(file, result_file.CANNOT_RUN, str(error)):
                sys.stderr.write(f"testing: {error}\n")
            return EXIT_STATUS
        self._printer.update("", "FAIL\n" if status else "PASS\n")
        # Go has one status for all of them.
        return FAILED if status and variables.is_go_test() else status

    def _run(self) -> int:
        from fuzzengine.program.timeout import Timeout

        imported = bytes(self._coverage.counters) if self._coverage is not None else b""
        timeout = Timeout(0 if self._flags.pdb else self._flags.timeout)
        timeout.start()
        passed = True
        for _ in range(self._flags.count):
            passed &= self._tests(timeout)
            passed &= self._seeds(timeout)
            self._matcher.forget_subtests()
        timeout.stop()
        if not self._ran and self._fuzz_matcher is None:
            self._warn(NO_TESTS, result_file.NO_TESTS)
        if self._coverage is not None:
            # Blocks that tests and seeds reach do not count as coverage of a campaign.
            self._coverage.restore(imported)
        if not passed:
            if self._fuzz_matcher is not None and not variables.is_go_test():
                sys.stderr.write(NOT_FUZZED)
            status = FAILED
        else:
            status = self._fuzz()
        self._state.restore()
        return status

    def _on_failure(self, name: str) -> None:
        result_file.append(self._flags.resultfile, result_file.FAILING, name)
        if self._debugger is not None:
            self._debugger.stop(name)

    def _warn(self, text: str, fact: str) -> None:
        """Print a warning, and record it in the result file for the command."""
        sys.stderr.write(text)
        result_file.append(self._flags.resultfile, fact)

    def _tests(self, timeout: Timeout) -> bool:
        passed = True
        for name, function in self._found.tests:
            if not self._matcher.matches(name) or self._is_fuzzed(function):
                continue
            self._ran = True
            test = T(name, self._printer, matcher=self._matcher, deadline=self._deadline)
            timeout.running = name
            passed &= run_test(test, _call_of(function, test))
            self._state.restore()
        return passed

    def _is_fuzzed(self, function: Any) -> bool:
        """Return whether a test with `@given` is fuzzed in this run instead."""
        if self._fuzz_matcher is None or not hasattr(function, "hypothesis"):
            return False
        return self._fuzz_matcher.matches(function.__name__) and not variables.is_go_test()

    def _seeds(self, timeout: Timeout) -> bool:
        from fuzzengine.program.seed_mode import seed_driver

        passed = True
        for name, function in self._found.fuzz_tests:
            if not self._matcher.matches(name):
                continue
            if self._fuzz_matcher is not None and self._fuzz_matcher.matches(name):
                continue
            self._ran = True
            timeout.running = name
            driver = seed_driver(self._matcher, self._deadline, self._flags.detect)
            passed &= run_fuzz_test(F(name, self._printer, driver), function)
            self._state.restore()
        return passed

    def _fuzz(self) -> int:
        """Fuzz the fuzz tests that -test.fuzz selects; return the exit status.

        Go's runFuzzing accepts only one.
        """
        if self._fuzz_matcher is None or self._coverage is None:
            return 0
        # A campaign fails in its workers; its failing input is debugged afterwards.
        self._debugger = None
        chosen = _chosen(self._found, self._fuzz_matcher)
        if not chosen:
            return self._nothing_to_fuzz()
        if complaint := _defined_twice(chosen):
            sys.stderr.write(complaint)
            return USAGE
        from fuzzengine.program.coordinator_mode import PythonSetup, fuzz_one

        setup = PythonSetup(self._coverage)
        if len(chosen) > 1 and not self._flags.gocompat:
            from fuzzengine.program.several import fuzz_several

            return fuzz_several(chosen, self._flags, setup, self._printer)
        if len(chosen) > 1:
            sys.stderr.write(too_many([name for name, _ in chosen]))
            return USAGE
        return fuzz_one(*chosen[0], self._flags, setup, self._printer)

    def _nothing_to_fuzz(self) -> int:
        """Report that -test.fuzz selects no fuzz test: an error, except for `go test`."""
        if variables.is_go_test():
            if self._found.fuzz_tests:
                self._warn(NO_FUZZ_TESTS, result_file.NO_FUZZ_TESTS)
            return 0
        from fuzzengine.testing.candidates import refused_candidates

        flags = self._flags
        given = self._found.given_tests(in_worker=False)
        names = [name for name, _ in self._found.fuzz_tests + given]
        left = f" that -skip={flags.skip} leaves" if flags.skip else ""
        sys.stderr.write(nothing_matches(flags.fuzz, names, left))
        sys.stderr.writelines(
            f"    {line}\n" for line in refused_candidates(self._found.namespaces)
        )
        return USAGE


def too_many(names: Sequence[str]) -> str:
    """Return the complaint that -fuzz matches several fuzz tests, for Go's own tests."""
    return f"testing: will not fuzz, -fuzz matches more than one fuzz test: [{' '.join(names)}]\n"


def nothing_matches(pattern: str, names: Sequence[str], left: str = "") -> str:
    """Return the complaint that -fuzz matches no fuzz test.

    Args:
        pattern: the value of -fuzz.
        names: all fuzz tests of the package.
        left: which of them could have matched, such as ` that -skip=Slow leaves`.
    """
    shown = f"it has {', '.join(names)}" if names else "it has no fuzz tests"
    near = did_you_mean(pattern, names)
    return f"testing: -fuzz={pattern} matches no fuzz test of this package{left}; {shown}{near}\n"


def _defined_twice(fuzz_tests: Sequence[tuple[str, Any]]) -> str:
    """Return a complaint about fuzz tests of the same name, which would share a corpus, or ""."""
    files: dict[str, list[str]] = {}
    for name, function in fuzz_tests:
        file = getattr(function, "file", None) or function.__code__.co_filename
        files.setdefault(name, []).append(os.path.basename(file))
    return "".join(
        f"testing: {name} is defined more than once, in {' and '.join(places)}; rename one\n"
        for name, places in files.items()
        if len(places) > 1
    )


def _coverage() -> Coverage:
    from fuzzengine.instrument.coverage import COVERAGE

    return COVERAGE


def _call_of(function: Any, test: T) -> Callable[[], object]:
    """Return a call of a test function, with t if the function takes it."""
    code = function.__code__
    required = code.co_argcount - len(function.__defaults__ or ())
    if code.co_argcount == 0:
        return lambda: function()
    if required > 1 or code.co_varnames[0] != "t":
        names = ", ".join(code.co_varnames[: code.co_argcount])
        return lambda: test.skip(f"its parameters ({names}) are for another test runner")
    return lambda: function(test)
