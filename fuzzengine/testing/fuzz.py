"""F and T, the handles of fuzz tests and tests (Go: testing.F, testing.T)."""

from __future__ import annotations

import os
import time

from fuzzengine.base.chdir import WorkingDirectory
from fuzzengine.base.frames import caller_location, code_location
from fuzzengine.base.outcomes import Misuse
from fuzzengine.testing.common import Common
from fuzzengine.testing.target import Target, target_of
from fuzzengine.types.kinds import kind_of_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    from fuzzengine.testing.common import Printer
    from fuzzengine.testing.match import Matcher

    Function = TypeVar("Function", bound=Callable[..., None])
    Driver = Callable[["F", Target], None]

# The code under test may replace the builtins.
_any = BaseException

ADD_AFTER_FUZZ = "testing: f.add called after f.fuzz, which has used the seeds already"

_TAKES_ANY = 0x04  # CO_VARARGS; the module inspect is slow to import


class T(Common):
    """A running test or one execution of a fuzz target (Go: testing.T)."""

    __slots__ = ("_deadline", "_matcher")

    def __init__(
        self,
        name: str,
        printer: Printer,
        parent: Common | None = None,
        *,
        matcher: Matcher | None = None,
        deadline: float | None = None,
    ) -> None:
        super().__init__(name, printer, parent)
        self._nested = isinstance(parent, T)
        self._matcher = matcher
        self._deadline = deadline

    def run(self, name: str, function: Callable[[T], object]) -> bool:
        """Run a function as a subtest; return whether it did not fail (Go: T.Run).

        A subtest that is not selected by `-run` and `-skip` did not fail.
        """
        full_name = f"{self._name}/{name}"
        if self._matcher is not None:
            full_name, matched = self._matcher.subtest(self._name, name)
            if not matched:
                return True
        test = T(full_name, self._printer, self, matcher=self._matcher, deadline=self._deadline)
        self._used = True
        return run_test(test, lambda: function(test))

    def deadline(self) -> float | None:
        """Return when `-timeout` ends the tests, in seconds since the epoch (Go: T.Deadline).

        It is None without a timeout, and always while fuzzing.
        """
        return self._deadline


def run_test(test: T, function: Callable[[], object]) -> bool:
    """Run a test from its `=== RUN` line to its report; return whether it did not fail."""
    if test._printer.verbose:
        test._printer.update(test._name, f"=== RUN   {test._name}\n")
    started = time.perf_counter()
    try:
        with WorkingDirectory():
            test._run_guarded(function)
            test._finish(started)
        test._report()
    except _any as error:
        test._record_broken(error)
    return test._passed()


class Seed:
    """The values of one call of `f.add`, and its location."""

    __slots__ = ("values", "where")

    def __init__(self, values: tuple[object, ...], where: str) -> None:
        self.values = values
        self.where = where


class F(Common):
    """A running fuzz test: its seeds, and then its fuzz target (Go: testing.F).

    Attributes:
        seeds: the seeds added so far.
        fuzz_called: `fuzz` was called with a target.
        in_target: the fuzz target is running, so most methods must not be called.
        awaits_target: `fuzz` was called without a target, as in `@f.fuzz(...)`.
        folder: the folder of the corpus, and the current folder of workers.
    """

    __slots__ = ("_driver", "awaits_target", "folder", "fuzz_called", "in_target", "seeds")

    def __init__(self, name: str, printer: Printer, driver: Driver) -> None:
        super().__init__(name, printer)
        self._driver = driver
        self.seeds: list[Seed] = []
        self.fuzz_called = self.in_target = self.awaits_target = False
        self.folder = os.getcwd()

    def add(self, *values: object) -> None:
        """Add an input to the seed corpus, with a value for each argument (Go: F.Add).

        Raises:
            Misuse: a value has a type that cannot be fuzzed, or `fuzz` was called before.
        """
        if self.fuzz_called:
            raise Misuse(ADD_AFTER_FUZZ)
        if any(kind_of_value(value) is None for value in values):
            from fuzzengine.types.convert import detached

            values = detached(values)
        self.seeds.append(Seed(values, caller_location(self._all_helpers())))

    if TYPE_CHECKING:

        @overload
        def fuzz(
            self,
            function: Function,
            /,
            *,
            allow: tuple[type[BaseException], ...] = (),
            given: object = None,
        ) -> Function: ...
        @overload
        def fuzz(
            self, /, *, allow: tuple[type[BaseException], ...] = (), given: object = None
        ) -> Callable[[Function], Function]: ...

    def fuzz(self, function: Any = None, /, *, allow: Any = (), given: Any = None) -> Any:
        """Run the fuzz target: on the seeds, or on many inputs when fuzzing (Go: F.Fuzz).

        It is called as `f.fuzz(target)`, `@f.fuzz` or `@f.fuzz(allow=(ValueError,))`. The target
        takes a T and one annotated argument for each value of an input. If the fuzz test has
        failed already, the target is not run.

        Args:
            function: the fuzz target, or a test with Hypothesis's `@given`.
            allow: exceptions that the target may raise, which do not count as crashes.
            given: Hypothesis strategies that make the arguments: one for the only argument, a
                tuple in their order, or a dict by their names.

        Raises:
            Misuse: the target cannot be fuzzed, or `fuzz` was called before.
        """
        if function is None:
            self.awaits_target = True
            return lambda target: self.fuzz(target, allow=allow, given=given)
        if self.fuzz_called:
            raise Misuse("testing: f.fuzz called more than once")
        self.fuzz_called = True
        if not self._failed:
            self._driver(self, target_of(function, allow, T, given))
        return function

    def _check(self, method: str) -> None:
        if self.in_target:
            raise Misuse(
                f"testing: f.{method} was called inside the fuzz target, use t.{method} instead"
            )


_WITHOUT_FUZZ = "returned without calling f.fuzz, f.fail, or f.skip"
_WITHOUT_TARGET = "f.fuzz(...) got no fuzz target: write `@f.fuzz(...)` above its `def`"


def _takes_one(function: object) -> bool:
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _TAKES_ANY:
        return True
    without_default = code.co_argcount - len(getattr(function, "__defaults__", None) or ())
    return bool(without_default <= 1 <= code.co_argcount)


def run_fuzz_test(test: F, function: Callable[[F], object]) -> bool:
    """Run a fuzz test up to its report; return whether it did not fail (Go: fRunner)."""
    if test._printer.verbose:
        test._printer.update(test._name, f"=== RUN   {test._name}\n")
    started = time.perf_counter()
    try:
        with WorkingDirectory(test.folder):
            _call_fuzz_test(test, function)
            test._finish(started)
        test._report()
    except _any as error:
        test._record_broken(error)
    return test._passed()


def _call_fuzz_test(test: F, function: Callable[[F], object]) -> None:
    if _takes_one(function):
        test._run_guarded(lambda: function(test))
    else:
        test._log_at(code_location(function), "a fuzz test takes one argument, f")
        test._fail()
    test.in_target = False
    if not (test.fuzz_called or test._failed or test._skipped):
        where = code_location(function)
        test._log_at(where, _WITHOUT_TARGET if test.awaits_target else _WITHOUT_FUZZ)
        test._fail()
