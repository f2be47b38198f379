"""Runs fuzz tests in this process, one seed at a time, for other test runners."""

from __future__ import annotations

import os
from contextlib import contextmanager
from types import TracebackType

from fuzzengine.base.bounded import TEXT_LIMIT
from fuzzengine.base.failure import is_goexit, is_instance, kind_of
from fuzzengine.base.frames import innermost_location, is_engine_code
from fuzzengine.base.interpreter import InterpreterState
from fuzzengine.base.outcomes import FailNow, Skip
from fuzzengine.base.time_limit import in_time
from fuzzengine.program.seed_mode import seed_driver
from fuzzengine.testing.common import Common, Printer
from fuzzengine.testing.fuzz import F, T, run_fuzz_test
from fuzzengine.testing.match import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn


_MOST_CAUSES = 100

REPORT_SECONDS = 5.0
"""The time limit for making the text of a failure, which runs code under test."""


class SeedOutcome:
    """The outcome of a fuzz test, or of one of its seeds.

    Attributes:
        error: the exception, its traceback without the engine's own frames; None without one.
        failed: the test failed, with an exception or without.
        skipped: the test was skipped.
        log: the lines that it logged.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.failed = False
        self.skipped = False
        self.log = ""


class _Capturing(Common):
    """Keeps the exception and the log instead of printing them."""

    raised: BaseException | None = None
    log_text = ""

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def _record_exception(self, error: BaseException) -> None:
        expected = any(is_instance(error, kind) for kind in (Skip, FailNow, KeyboardInterrupt))
        if expected or is_goexit(error):
            super()._record_exception(error)
            return
        self._fail()
        if not in_time(lambda: _can_be_shown(error), REPORT_SECONDS):
            self._record_text(error)
            return
        self.raised = self.raised or error

    def _record_text(self, error: BaseException) -> None:
        """Record an exception as text, even if its text cannot be made or takes too long."""
        record_exception = super()._record_exception
        recorded = []

        def record() -> None:
            record_exception(error)
            recorded.append(error)

        in_time(record, REPORT_SECONDS)
        if not recorded:
            # The attribute itself: a property of the code under test may hide it.
            trace = vars(BaseException)["__traceback__"].__get__(error)
            text = f"{kind_of(error)}: its text is not shown: making it takes too long"
            self._log_at(innermost_location(trace), text, error=True)

    def _report(self) -> None:
        self._done = True
        self.log_text = str(self._output)


class _SeedTest(_Capturing, T):
    """One seed."""

    def _report(self) -> None:
        super()._report()
        if isinstance(self._parent, _FuzzTest):
            self._parent.tests.append(self)


class _FuzzTest(_Capturing, F):
    """A fuzz test, and those of its seeds that ran."""

    def __init__(self, name: str, driver: Callable[..., None]) -> None:
        printer = Printer(_NullOutput(), verbose=False, state=InterpreterState())
        super().__init__(name, printer, driver)
        self.tests: list[_SeedTest] = []


class _NullOutput:
    def write(self, text: str) -> None:
        """Drop the text."""

    def flush(self) -> None:
        """Do nothing."""


class _ListingMatcher(Matcher):
    """Selects no seed and records the names of all."""

    def __init__(self) -> None:
        super().__init__("", "-test.run")
        self.names: list[str] = []

    def matches(self, name: str) -> bool:
        self.names.append(name.partition("/")[2])
        return False


class _SeedMatcher(Matcher):
    """Selects one seed and its subtests, or all seeds."""

    def __init__(self, name: str) -> None:
        super().__init__("", "-test.run")
        self._name = name

    def matches(self, name: str) -> bool:
        return not self._name or f"{name}/".startswith(f"{self._name}/")


def seed_names(function: Callable[[F], object], folder: str) -> list[str]:
    """Return the names of a fuzz test's seeds, from `f.add` and from testdata.

    Runs the fuzz test without its target. Empty if there are no seeds, or if the fuzz test ends
    before `f.fuzz`.

    Args:
        function: the fuzz test.
        folder: the folder of its test file, the working directory while it runs.
    """
    listing = _ListingMatcher()
    with _working_in(folder), _without_exit():
        f = _FuzzTest(function.__name__, seed_driver(listing, None))
        passed = run_fuzz_test(f, function)
    return listing.names if passed else []


def run_seed(function: Callable[[F], object], folder: str, seed: str = "") -> SeedOutcome:
    """Run a fuzz test with one of its seeds, or with all.

    Args:
        function: the fuzz test.
        folder: the folder of its test file, the working directory while it runs.
        seed: a name that `seed_names` returned; all seeds if empty.
    """
    name = function.__name__
    matcher = _SeedMatcher(f"{name}/{seed}" if seed else "")
    with _working_in(folder), _without_exit():
        f = _FuzzTest(name, seed_driver(matcher, None, test_type=_SeedTest))
        run_fuzz_test(f, function)
        if f._printer.state is not None:
            # A change that broke the engine, or could have, breaks the other test runner as well.
            f._printer.state.restore()
    return _outcome(f, seed)


def _can_be_shown(error: BaseException) -> bool:
    """Return whether another test runner can show an exception by itself.

    Its text, like that of its causes and parts, must neither be long nor raise anything.
    """
    pending: list[BaseException | None] = [error]
    checked = 0
    try:
        while pending:
            one = pending.pop()
            if one is None:
                continue
            texts = str(one), *getattr(one, "__notes__", ())
            # Properties of the code under test that a runner will read.
            names = type(one).__module__, type(one).__qualname__, str(bool(one.__traceback__))
            checked += 1
            if checked > _MOST_CAUSES or sum(map(len, (*texts, *names))) > TEXT_LIMIT:
                return False
            pending += [one.__cause__ or one.__context__, *getattr(one, "exceptions", ())]
    except BaseException:
        return False
    return True


@contextmanager
def _without_exit() -> Iterator[None]:
    """Have `os._exit` raise SystemExit: no other process would notice that this one has ended."""
    original, process = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != process:
            # A child that the code under test has forked.
            original(status)
        raise SystemExit(status)

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = original


def _outcome(f: _FuzzTest, seed: str) -> SeedOutcome:
    outcome = SeedOutcome()
    parts: list[_Capturing] = [*f.tests, f]
    outcome.failed = f.failed()
    outcome.skipped = f.skipped() or (bool(seed) and any(test.skipped() for test in f.tests))
    lines = [line for part in (f, *f.tests) for line in part.log_text.splitlines()]
    for part in parts:
        if part.raised is not None and outcome.error is None:
            trace = without_engine_frames(part.raised.__traceback__)
            outcome.error = part.raised.with_traceback(trace)
    if seed and not (f.tests or outcome.failed or outcome.skipped):
        outcome.failed = True
        lines.append(f"    {f.name()} no longer has a seed {seed}")
    outcome.log = "\n".join(line.removeprefix("    ") for line in lines)
    return outcome


@contextmanager
def _working_in(folder: str) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def without_engine_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of the engine."""
    kept = []
    while trace is not None:
        if not is_engine_code(trace.tb_frame.f_code):
            kept.append(trace)
        trace = trace.tb_next
    new: TracebackType | None = None
    for part in reversed(kept):
        new = TracebackType(new, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return new
