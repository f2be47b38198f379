"""Runs tests with `@given` one input at a time, and has Hypothesis shrink and store failing ones.

Hypothesis has no public interface for that. A test is called as any test runner calls it, and
where Hypothesis would start its engine, that engine is given to us: so fixtures, `self`, executors
and the explicit examples are Hypothesis's own matter. What is used besides: one execution with
given choices (ConjectureData), its generator of random values, and the format of its database.
"""

from __future__ import annotations

from contextlib import contextmanager

from fuzzengine.base.outcomes import Misuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from fuzzengine.types.choices import Choice

OLDEST = "6.131"
"""The oldest version of Hypothesis that can be used."""

_UNSHRUNK = b".secondary"
_BLOB = (
    "\nYou can reproduce this test case by temporarily adding {} "
    "as a decorator on your test function"
)


class _OutOfTime(BaseException):
    """The budget for shrinking is spent."""


class Execution:
    """The outcome of one execution.

    Attributes:
        choices: the choices that were made, without those that Hypothesis forces.
        all_choices: all choices, as Hypothesis's database has them.
        error: the exception of the test, or None.
        rejected: the reason for which the test was not executed to its end, or "".
    """

    __slots__ = ("all_choices", "choices", "error", "rejected")

    def __init__(self) -> None:
        self.choices: tuple[Choice, ...] = ()
        self.all_choices: tuple[Choice, ...] = ()
        self.error: BaseException | None = None
        self.rejected = ""


class GivenTest:
    """A test with `@given` that was called, at the point where Hypothesis would generate values.

    Args:
        state: Hypothesis's state of the call.

    Attributes:
        function: the function inside `@given`.
        node: how pytest names the test, such as `/a/test_b.py::TestClass::test_x`; "" for a test
            that is not run by itself.
    """

    given_test = True

    def __init__(self, state: Any) -> None:
        from hypothesis import HealthCheck, settings
        from hypothesis.errors import StopTest, UnsatisfiedAssumption

        from fuzzengine.types.hypothesis_replay import choices_made, data_of

        self._state = state
        self._own_settings = state.settings
        # Instrumented code is slower, so a deadline would find nothing but itself.
        state.settings = self._fuzz_settings = settings(
            state.settings, deadline=None, suppress_health_check=list(HealthCheck)
        )
        self._data_of, self._choices_made = data_of, choices_made
        self._stopped: tuple[type[BaseException], ...] = (StopTest, UnsatisfiedAssumption)
        self.function = state.test
        self.node = ""

    @property
    def database(self) -> Any:
        """The database of the test's settings, or None."""
        return self._own_settings.database

    def run(self, seed: int | bytes | None, choices: Sequence[Choice]) -> Execution:
        """Execute the test once, with choices as for `data_of`."""
        data = self._data_of(seed, choices)
        execution = Execution()
        try:
            self._state.execute_once(data)
        except self._stopped as error:
            execution.rejected = getattr(error, "reason", None) or "no valid value"
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            execution.error = error
        execution.choices = self._choices_made(data)
        if execution.error is not None:
            execution.all_choices = data.choices
        return execution

    def describe(self, choices: Sequence[Choice]) -> list[str]:
        """Execute a failing test case again, and return the lines that Hypothesis prints for it.

        Args:
            choices: all its choices.
        """
        from hypothesis.internal.conjecture.data import ConjectureData
        from hypothesis.reporting import with_reporter

        lines: list[str] = []
        try:
            with with_reporter(lambda text: lines.append(str(text))):
                self._state.execute_once(
                    ConjectureData.for_choices(choices), is_final=True, **self._printing()
                )
        except KeyboardInterrupt:
            raise
        except BaseException:
            # It fails again.
            pass
        return lines + self._blob(choices)

    def _printing(self) -> dict[str, bool]:
        code = type(self._state).execute_once.__code__
        name = "print_test_case"
        return {name if name in code.co_varnames else "print_example": True}

    def _blob(self, choices: Sequence[Choice]) -> list[str]:
        if not self._own_settings.print_blob:
            return []
        from hypothesis.core import encode_failure
        from hypothesis.version import __version__

        call = f"@reproduce_failure({__version__!r}, {encode_failure(choices)!r})"
        return [_BLOB.format(call)]

    def shrink(
        self, choices: Sequence[Choice], before: Callable[[], bool]
    ) -> tuple[tuple[Choice, ...], list[str]] | None:
        """Have Hypothesis's shrinker make a failing test case smaller.

        Args:
            choices: all its choices.
            before: called before each execution; returns True to end the search.

        Returns:
            The choices of the smallest test case, and the lines that Hypothesis prints for it; None
            if the test case no longer fails.
        """
        from hypothesis.reporting import with_reporter

        database = self._seeded(choices)
        state, final = self._state, []
        execute = state.execute_once

        def counted(data: Any, **options: Any) -> Any:
            if before():
                raise _OutOfTime
            if options.get("is_final"):
                final.append(data)
            return execute(data, **options)

        state.execute_once = counted
        state.settings = self._shrink_settings(database)
        lines: list[str] = []
        try:
            with with_reporter(lambda _text: None):
                state.run_engine()
        except _OutOfTime:
            final.clear()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            lines = list(getattr(error, "__notes__", ()))
        finally:
            del state.execute_once
            state.settings = self._fuzz_settings
        if final:
            return final[-1].choices, lines
        smallest = _smallest(database, _key_of(state))
        return (smallest, []) if smallest is not None else None

    def _seeded(self, choices: Sequence[Choice]) -> Any:
        from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes

        database = InMemoryExampleDatabase()
        # What is stored under the key itself counts as shrunk already.
        database.save(_key_of(self._state) + _UNSHRUNK, choices_to_bytes(choices))
        return database

    def _shrink_settings(self, database: Any) -> Any:
        from hypothesis import Phase, settings

        wanted = (Phase.shrink, Phase.explain)
        phases = [phase for phase in self._own_settings.phases if phase in wanted]
        return settings(
            self._fuzz_settings,
            database=database,
            derandomize=False,
            phases=[Phase.reuse, *phases],
            report_multiple_bugs=False,
        )

    def save(self, choices: Sequence[Choice]) -> None:
        """Store a failing test case in the test's database, for ordinary runs of the test."""
        from hypothesis.database import choices_to_bytes

        if self.database is not None:
            self.database.save(_key_of(self._state) + _UNSHRUNK, choices_to_bytes(choices))

    def saved(self) -> list[tuple[Choice, ...]]:
        """Return all choices of each failing test case in the test's database."""
        from hypothesis.database import choices_from_bytes

        if self.database is None:
            return []
        key = _key_of(self._state)
        stored = {*self.database.fetch(key), *self.database.fetch(key + _UNSHRUNK)}
        found = [choices_from_bytes(one) for one in sorted(stored, key=lambda one: (len(one), one))]
        return [choices for choices in found if choices is not None]

    def examples(self) -> list[tuple[Choice, ...]]:
        """Execute the explicit examples, and return the choices that make their values."""
        from fuzzengine.types.hypothesis_replay import choices_of_values

        wrapped = self._state.wrapped_test
        names = list(wrapped.hypothesis._given_kwargs)
        found = []
        for example in reversed(getattr(wrapped, "hypothesis_explicit_examples", ())):
            named = dict(zip(names[-len(example.args) :], example.args, strict=False))
            named = named if example.args else example.kwargs
            if example.raises is None and named.keys() == set(names):
                choices = choices_of_values(self._state, [named[name] for name in names])
                found += [] if choices is None else [choices]
        return found


def _key_of(state: Any) -> bytes:
    """Return the key of a test in Hypothesis's database."""
    from hypothesis.internal.reflection import function_digest

    key = getattr(state.wrapped_test, "_hypothesis_internal_database_key", None)
    return bytes(function_digest(state.test) if key is None else key)


def _smallest(database: Any, key: bytes) -> tuple[Choice, ...] | None:
    """Return the smallest failing test case that the shrinker has stored, or None."""
    from hypothesis.database import choices_from_bytes

    found = sorted(database.fetch(key), key=lambda stored: (len(stored), stored))
    return choices_from_bytes(found[0]) if found else None


@contextmanager
def engine_given_to(
    function: Callable[[GivenTest], object], *, explicit: bool = True
) -> Iterator[None]:
    """Have the next test with `@given` that is called give its engine to a function.

    Args:
        function: called in place of Hypothesis's engine.
        explicit: execute the explicit examples before.

    Raises:
        Misuse: Hypothesis is too old, or too new.
    """
    import hypothesis.core
    from hypothesis.version import __version_info__

    core: Any = hypothesis.core
    state_type: Any = getattr(core, "StateForActualGivenExecution", None)
    original = getattr(state_type, "run_engine", None)
    usable = original is not None and __version_info__[:2] >= tuple(map(int, OLDEST.split(".")))
    try:
        import fuzzengine.types.hypothesis_replay  # noqa: F401
    except ImportError:
        # A later version has moved a name that is imported here.
        usable = False
    if not usable:
        version = ".".join(map(str, __version_info__))
        raise Misuse(
            f"testing: Hypothesis {version} cannot be used for fuzzing; "
            f"use a version from {OLDEST} on: pip install -U hypothesis"
        )
    run_explicit = core.execute_explicit_examples

    raised: list[BaseException] = []

    def restore() -> None:
        state_type.run_engine = original
        core.execute_explicit_examples = run_explicit

    def run_engine(state: Any) -> None:
        restore()
        # Otherwise it would be skipped, since nothing was executed.
        state.ever_executed = True
        try:
            function(GivenTest(state))
        except BaseException as error:
            # Hypothesis would handle it as an error of its engine.
            raised.append(error)

    state_type.run_engine = run_engine
    if not explicit:
        core.execute_explicit_examples = lambda *_arguments: iter(())
    try:
        yield
    finally:
        restore()
    if raised:
        raise raised[0]
