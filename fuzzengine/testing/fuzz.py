"""F and T: what a fuzz test and a test may call, and what misuse says (Go: package testing)."""

from __future__ import annotations

import os
import time

from fuzzengine.base.chdir import Inside
from fuzzengine.base.frames import caller_location, code_location
from fuzzengine.base.outcomes import Misuse
from fuzzengine.testing.common import Common
from fuzzengine.testing.target import Target, target_of
from fuzzengine.types.kinds import kind_of_value

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    from fuzzengine.testing.common import Screen
    from fuzzengine.testing.match import Matcher

    Function = TypeVar("Function", bound=Callable[..., None])
    Driver = Callable[["F", Target], None]

_TAKES_ANY = 0x04  # CO_VARARGS; the module inspect is slow to import


class T(Common):
    """A running test or one execution of a fuzz target (Go: testing.T)."""

    __slots__ = ("_deadline", "_matcher")

    def __init__(
        self,
        name: str,
        screen: Screen,
        parent: Common | None = None,
        *,
        matcher: Matcher | None = None,
        deadline: float | None = None,
    ) -> None:
        super().__init__(name, screen, parent)
        self._matcher = matcher
        self._deadline = deadline

    def run(self, name: str, function: Callable[[T], object]) -> bool:
        """Run a function as a subtest; return whether it did not fail (Go: T.Run).

        A subtest that `-run` or `-skip` leaves out counts as not failed.
        """
        full_name = f"{self._name}/{name}"
        if self._matcher is not None:
            full_name, matched = self._matcher.subtest(self._name, name)
            if not matched:
                return True
        test = T(full_name, self._screen, self, matcher=self._matcher, deadline=self._deadline)
        self._touched = True
        return run_test(test, lambda: function(test))

    def deadline(self) -> float | None:
        """Return when `-timeout` ends the tests, in seconds since the epoch (Go: T.Deadline).

        None without a limit, and always None while fuzzing.
        """
        return self._deadline


def run_test(test: T, function: Callable[[], object]) -> bool:
    """Run a test from its `=== RUN` line to its report; return whether it did not fail."""
    if test._screen.verbose:
        test._screen.update(test._name, f"=== RUN   {test._name}\n")
    started = time.perf_counter()
    with Inside():
        test._run_guarded(function)
        test._finish(started)
    test._report()
    return test._go_on()


class Seed:
    """What one `f.add` gave, and where."""

    __slots__ = ("values", "where")

    def __init__(self, values: tuple[object, ...], where: str) -> None:
        self.values = values
        self.where = where


class F(Common):
    """A running fuzz test: its seeds, and then its fuzz target (Go: testing.F).

    Attributes:
        seeds: what `add` was given so far.
        in_target: the fuzz target is running, so most methods must not be called.
        waits: `fuzz` was called for a target to follow, as `@f.fuzz(...)` does.
        folder: where its corpus is and its workers start, wherever it goes meanwhile.
    """

    __slots__ = ("_driver", "folder", "fuzz_called", "in_target", "seeds", "waits")
    _letter = "f"

    def __init__(self, name: str, screen: Screen, driver: Driver) -> None:
        super().__init__(name, screen)
        self._driver = driver
        self.seeds: list[Seed] = []
        self.fuzz_called = self.in_target = self.waits = False
        self.folder = os.getcwd()

    def add(self, *values: object) -> None:
        """Add one input to the seed corpus, a value for each argument (Go: F.Add).

        Raises:
            Misuse: a value has a type that cannot be fuzzed.
        """
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

        Works as a call `f.fuzz(target)`, as `@f.fuzz` and as `@f.fuzz(allow=(ValueError,))`. The
        target takes a T and then one annotated argument for each value of an input. Does nothing
        if the fuzz test has failed already.

        Args:
            function: the fuzz target, or a test that has Hypothesis's `@given`.
            allow: exceptions that the target may raise; they are no crash.
            given: Hypothesis strategies that make the arguments: one for the only argument, a
                tuple in their order, or a dict by their names.

        Raises:
            Misuse: the target cannot be fuzzed, or `fuzz` was called before.
        """
        if function is None:
            self.waits = True
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
    if test._screen.verbose:
        test._screen.update(test._name, f"=== RUN   {test._name}\n")
    started = time.perf_counter()
    with Inside(test.folder):
        if _takes_one(function):
            test._run_guarded(lambda: function(test))
        else:
            test._log_at(code_location(function), "a fuzz test takes one argument, f")
            test._fail()
        test.in_target = False
        if not (test.fuzz_called or test._failed or test._skipped):
            where = code_location(function)
            test._log_at(where, _WITHOUT_TARGET if test.waits else _WITHOUT_FUZZ)
            test._fail()
        test._finish(started)
    test._report()
    return test._go_on()
