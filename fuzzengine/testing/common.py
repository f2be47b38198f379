"""The base class of F and T: state, log, cleanups, report (Go: testing.common)."""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.base import framing
from fuzzengine.base.bounded import BoundedLog, shorten
from fuzzengine.base.describe import describe_exception, describe_value, describe_values
from fuzzengine.base.failure import Failure, failure_of, is_goexit, is_instance
from fuzzengine.base.frames import (
    caller_location,
    caller_position,
    innermost_location,
    release_locals,
)
from fuzzengine.base.interpreter import InterpreterState
from fuzzengine.base.outcomes import FailNow, Misuse, Panic, Skip
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import NoReturn, Protocol

    class Stream(Protocol):
        """The stream that reports are written to."""

        def write(self, text: str, /) -> object: ...  # noqa: D102

        def flush(self) -> object: ...  # noqa: D102


# The code under test may replace the builtins.
_any = BaseException


class Printer:
    """Prints the reports of tests and, if verbose, their logs at once (Go: chattyPrinter).

    Args:
        stream: where to print.
        verbose: logs are printed as they are made.
        framed: lines of the engine are marked for programs (see base.framing).
        on_failure: called with the name of a test as soon as it fails. Its report is made after
            that, and may never be finished: it runs methods of the code under test.
        state: the state of the interpreter to restore when a test fails, or None.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        verbose: bool,
        framed: bool = False,
        on_failure: Callable[[str], object] | None = None,
        state: InterpreterState | None = None,
    ) -> None:
        self.state = state
        self.verbose = verbose
        self.framed = framed
        self._on_failure = on_failure
        self._stream = stream
        self._frame = framing.FRAME if framed else ""
        self._last = ""

    def note_failure(self, name: str) -> None:
        """Note that a test has failed, before anything of its failure is formatted."""
        if self._on_failure is not None:
            self._on_failure(name)

    def update(self, name: str, text: str) -> None:
        """Print a line that names its test itself."""
        self._last = name
        self._stream.write(self._frame + text)
        self._stream.flush()

    def log(self, name: str, text: str) -> None:
        """Print a log line, below a line with the test's name if another test printed last."""
        if self._last and name != self._last:
            self._stream.write(f"{self._frame}=== NAME  {name}\n")
        self._last = name
        self._stream.write(text)
        self._stream.flush()


def indented(text: str) -> str:
    """Return a text with all lines indented by four spaces; empty ones too, as in Go."""
    lines = text.split("\n")
    last = lines.pop()
    return "".join(f"    {line}\n" for line in lines) + (f"    {last}" if last else "")


class Common:
    """State and methods of a running test (Go: testing.common). Only the engine creates it.

    Attributes:
        duration: seconds that the test and its cleanups took.
    """

    __slots__ = (
        "_cleanups",
        "_done",
        "_failed",
        "_failure",
        "_helpers",
        "_interrupted",
        "_name",
        "_nested",
        "_output",
        "_parent",
        "_printer",
        "_skipped",
        "_temp_root",
        "_used",
        "duration",
    )

    def __init__(self, name: str, printer: Printer, parent: Common | None = None) -> None:
        self._name = name
        self._printer = printer
        self._parent = parent
        self._nested = False
        self._output = BoundedLog()
        self._cleanups: list[Callable[[], object]] = []
        self._helpers: set[CodeType] = set()
        self._failed = self._skipped = self._done = self._used = self._interrupted = False
        self._failure: Failure | None = None
        self._temp_root = ""
        self.duration = 0.0

    def _check(self, method: str) -> None:
        """Raise Misuse if a method may not be called now; only F refuses any."""

    def name(self) -> str:
        """Return the name of the running test, such as `FuzzX/seed#0` (Go: Name)."""
        return self._name

    def log(self, *values: object) -> None:
        """Log values, separated by spaces, with file and line of the caller (Go: Log)."""
        self._check("log")
        self._log(describe_values(values))

    def error(self, *values: object) -> None:
        """Log values and mark the test as failed; it continues (Go: Error)."""
        self._check("error")
        self._log_failure(values)

    def fatal(self, *values: object) -> NoReturn:
        """Log values, mark the test as failed and end it (Go: Fatal).

        Raises:
            FailNow: always.
        """
        self._check("fatal")
        self._log_failure(values)
        raise FailNow

    def fail(self) -> None:
        """Mark the test as failed; it continues (Go: Fail)."""
        self._check("fail")
        self._fail(self._failure_here())

    def fail_now(self) -> NoReturn:
        """Mark the test as failed and end it (Go: FailNow).

        Raises:
            FailNow: always.
        """
        self._check("fail_now")
        self._fail(self._failure_here())
        raise FailNow

    def failed(self) -> bool:
        """Return whether the test has failed (Go: Failed)."""
        return self._failed

    def skip(self, *values: object) -> NoReturn:
        """Log values, if any, and end the test as skipped (Go: Skip).

        Raises:
            Skip: always.
        """
        self._check("skip")
        if values:
            self._log(describe_values(values))
        self._skip()

    def skip_now(self) -> NoReturn:
        """End the test as skipped (Go: SkipNow).

        Raises:
            Skip: always.
        """
        self._check("skip_now")
        self._skip()

    def skipped(self) -> bool:
        """Return whether the test was skipped (Go: Skipped)."""
        self._check("skipped")
        return self._skipped

    def helper(self) -> None:
        """Mark the calling function as a helper, whose lines logs do not show (Go: Helper)."""
        self._check("helper")
        self._used = True
        self._helpers.add(sys._getframe(1).f_code)

    def cleanup(self, function: Callable[[], object]) -> None:
        """Register a function to call after the test and its subtests (Go: Cleanup).

        The function registered last is called first.
        """
        self._check("cleanup")
        self._used = True
        self._cleanups.append(function)

    def temp_dir(self) -> str:
        """Return the path of a new, empty folder, removed when the test is done (Go: TempDir)."""
        self._check("temp_dir")
        from fuzzengine.base import tempdir

        if not self._temp_root:
            self._temp_root = root = tempdir.make(self._name)
            self.cleanup(lambda: tempdir.remove(root))
        return tempdir.make_numbered(self._temp_root)

    def setenv(self, key: str, value: str) -> None:
        """Set an environment variable until the test is done (Go: Setenv)."""
        self._check("setenv")
        previous = os.environ.get(key)

        def restore() -> None:
            if previous is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = previous

        self._used = True
        self._cleanups.append(restore)
        os.environ[key] = value

    def chdir(self, folder: str) -> None:
        """Change the current folder until the test is done (Go: Chdir).

        Raises:
            OSError: the folder cannot be entered.
        """
        self._check("chdir")
        previous = os.getcwd()
        os.chdir(folder)
        self._used = True
        self._cleanups.append(lambda: os.chdir(previous))

    def _all_helpers(self) -> set[CodeType]:
        test: Common | None = self
        helpers: set[CodeType] = set()
        while test is not None:
            helpers |= test._helpers
            test = test._parent
        return helpers

    def _log(self, text: str) -> None:
        self._log_at(caller_location(self._all_helpers()), text)

    def _log_failure(self, values: tuple[object, ...]) -> None:
        """Mark the test as failed, and log values."""
        failure = self._failure_here()
        if not self._done:
            self._fail(failure)
        self._log_message(failure, caller_location(self._all_helpers()), describe_values(values))

    def _log_message(self, failure: Failure, where: str, title: str, stack: str = "") -> None:
        """Log the message and the stack of a failure, and keep its message."""
        failure.message = visible(f"{where}: {title}").rstrip("\n")
        self._log_at(where, f"{title}\n{stack}" if stack else title, error=True)

    def _log_at(self, where: str, text: str, *, error: bool = False) -> None:
        if self._done:
            raise Misuse(f"log in a thread after {self._name} has completed: {text}")
        self._used = True
        first, *more = visible(f"{where}: {text}").removesuffix("\n").split("\n")
        lines = f"    {first}\n" + "".join(f"        {line}\n" for line in more)
        if self._printer.framed:
            lines = framing.escape(lines)
            self._printer.log(self._name, framing.error(lines) if error else lines)
        elif self._printer.verbose:
            self._printer.log(self._name, lines)
        else:
            self._output.append(lines)

    def _failure_here(self) -> Failure:
        return Failure(frames=[caller_position(self._all_helpers())])

    def _fail(self, failure: Failure | None = None) -> None:
        """Mark the test and those around it as failed; the first failure of each is kept."""
        if not (self._failed or self._done):
            self._printer.note_failure(self._name)
        failure = failure or Failure()
        test: Common | None = self
        while test is not None:
            test._failed = test._used = True
            test._failure = test._failure or failure
            test = test._parent

    def _skip(self) -> NoReturn:
        self._skipped = self._used = True
        raise Skip

    def _run_guarded(self, function: Callable[[], object]) -> None:
        """Call a user's function, and record any exception as the outcome of this test."""
        try:
            function()
        except _any as error:
            # A subtest leaves the changes of the test around it.
            if self._printer.state is not None and not self._nested:
                self._printer.state.restore()
            self._record_exception(error)

    def _record_broken(self, error: BaseException) -> None:
        """Record that the engine failed, since the test has changed the interpreter.

        Raises:
            KeyboardInterrupt: the user interrupted the engine.
        """
        state = self._printer.state or InterpreterState()
        state.restore()
        if is_instance(error, KeyboardInterrupt):
            raise error
        self._done = False
        self._fail()
        where = innermost_location(error.__traceback__)
        self._log_at(where, f"the test broke the engine: {state.describe(error)}", error=True)
        self._report()

    def _record_exception(self, error: BaseException) -> None:
        """Record an exception that ended the test, or a part of it, as its outcome."""
        if is_instance(error, Skip):
            self._skipped = self._used = True
            return
        if is_instance(error, MemoryError):
            release_locals(error)
        failure = failure_of(error)
        self._fail(failure)
        self._interrupted |= is_instance(error, KeyboardInterrupt)
        if is_instance(error, FailNow):
            return
        if is_instance(error, Misuse):
            where = innermost_location(error.__traceback__)
            self._log_message(failure, where, f"panic: {error.value}")
        elif is_goexit(error):
            where = innermost_location(error.__traceback__)
            self._log_message(failure, where, "test executed panic(None) or goexit()")
        else:
            title = ""
            if is_instance(error, Panic):
                title = f"panic: {shorten(describe_value(error.value))}"
            self._log_message(failure, *describe_exception(error, title))

    def _finish(self, started: float) -> None:
        """Run the cleanups, last first, and set the duration."""
        while self._cleanups:
            self._run_guarded(self._cleanups.pop())
        self.duration += time.perf_counter() - started

    def _report(self) -> None:
        """Pass `--- FAIL: name (0.00s)` and the log to the parent or the printer."""
        self._done = True
        if self._failed:
            outcome = "FAIL"
        elif self._printer.verbose:
            outcome = "SKIP" if self._skipped else "PASS"
        else:
            return
        line = f"--- {outcome}: {self._name} ({self.duration:.2f}s)\n"
        text = f"{line}{self._output}"
        self._output.clear()
        if self._printer.framed:
            self._printer.update(self._name, line + framing.escape(text.removeprefix(line)))
            above = "" if self._parent is None else self._parent._name
            self._printer.update(above, f"=== NAME  {above}\n")
        elif self._parent is None:
            self._printer.update(self._name, text)
        else:
            self._parent._output.append(indented(text))

    def _passed(self) -> bool:
        """Return whether the test did not fail.

        Raises:
            KeyboardInterrupt: the user interrupted the test.
        """
        if self._interrupted:
            raise KeyboardInterrupt
        return not self._failed
