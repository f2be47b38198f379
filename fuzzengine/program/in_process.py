"""Runs fuzz tests in this process, one seed at a time, for another test runner."""

from __future__ import annotations

import os
from contextlib import contextmanager
from types import TracebackType

from fuzzengine.base.frames import is_engine_code
from fuzzengine.base.outcomes import FailNow, Goexit, Panic, Skip
from fuzzengine.program.seed_mode import seed_driver
from fuzzengine.testing.common import Common, Printer
from fuzzengine.testing.fuzz import F, T, run_fuzz_test
from fuzzengine.testing.match import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Outcome:
    """How a fuzz test, or one seed of it, ended.

    Attributes:
        error: what was raised, its traceback without the engine's own frames; None if nothing was.
        failed: whether it failed, with an error or without.
        skipped: whether it was skipped.
        log: what it logged, a line or more for each.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.failed = False
        self.skipped = False
        self.log = ""


class _Keeping(Common):
    """Keeps what was raised and logged, where the engine would print it."""

    raised: BaseException | None = None
    log_text = ""

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def _record_exception(self, error: BaseException) -> None:
        said = isinstance(error, Skip | FailNow | Goexit | KeyboardInterrupt)
        if said or (isinstance(error, Panic) and error.value is None):
            super()._record_exception(error)
            return
        self._fail()
        self.raised = self.raised or error

    def _report(self) -> None:
        self._done = True
        self.log_text = "".join(self._output)


class _Test(_Keeping, T):
    """One seed."""

    def _report(self) -> None:
        super()._report()
        if isinstance(self._parent, _Fuzz):
            self._parent.tests.append(self)


class _Fuzz(_Keeping, F):
    """A fuzz test, and the seeds of it that ran."""

    def __init__(self, name: str, driver: Callable[..., None]) -> None:
        super().__init__(name, Printer(_Nowhere(), verbose=False), driver)
        self.tests: list[_Test] = []


class _Nowhere:
    def write(self, text: str) -> None:
        """Drop what nobody is to see."""

    def flush(self) -> None:
        """Do nothing."""


class _Listing(Matcher):
    """Selects no seed, and remembers the names of all."""

    def __init__(self) -> None:
        super().__init__("", "-test.run")
        self.names: list[str] = []

    def matches(self, name: str) -> bool:
        self.names.append(name.partition("/")[2])
        return False


class _Only(Matcher):
    """Selects one seed with its subtests, or all."""

    def __init__(self, name: str) -> None:
        super().__init__("", "-test.run")
        self._name = name

    def matches(self, name: str) -> bool:
        return not self._name or f"{name}/".startswith(f"{self._name}/")


def seed_names(function: Callable[[F], object], folder: str) -> list[str]:
    """Return the names of a fuzz test's seeds, those of `f.add` and those in testdata.

    The fuzz test runs for that, but none of its seeds. Empty if it has none, or if it does not
    get as far as `f.fuzz`.

    Args:
        function: the fuzz test.
        folder: where its test file is; it runs there.
    """
    listing = _Listing()
    with _working_in(folder):
        f = _Fuzz(function.__name__, seed_driver(listing, None))
        passed = run_fuzz_test(f, function)
    return listing.names if passed else []


def run_seed(function: Callable[[F], object], folder: str, seed: str = "") -> Outcome:
    """Run a fuzz test with one of its seeds, or with all.

    Args:
        function: the fuzz test.
        folder: where its test file is; it runs there.
        seed: one of what `seed_names` returned; all if empty.
    """
    name = function.__name__
    only = _Only(f"{name}/{seed}" if seed else "")
    with _working_in(folder):
        f = _Fuzz(name, seed_driver(only, None, test_type=_Test))
        run_fuzz_test(f, function)
    return _outcome(f, seed)


def _outcome(f: _Fuzz, seed: str) -> Outcome:
    outcome = Outcome()
    parts: list[_Keeping] = [*f.tests, f]
    outcome.failed = f.failed()
    outcome.skipped = f.skipped() or (bool(seed) and any(test.skipped() for test in f.tests))
    lines = [line for part in (f, *f.tests) for line in part.log_text.splitlines()]
    for part in parts:
        if part.raised is not None and outcome.error is None:
            trace = _users_part(part.raised.__traceback__)
            outcome.error = part.raised.with_traceback(trace)
    if seed and not (f.tests or outcome.failed or outcome.skipped):
        outcome.failed = True
        lines.append(f"    {f.name()} has no seed {seed} any more")
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


def _users_part(trace: TracebackType | None) -> TracebackType | None:
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
