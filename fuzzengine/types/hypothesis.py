"""Fuzz targets whose arguments Hypothesis makes: `f.fuzz(given=...)`, and tests with `@given`.

The engine sees one argument, the choices that strategies make values from.
"""

from __future__ import annotations

import os
from types import TracebackType

from fuzzengine.base.frames import code_location, is_engine_code
from fuzzengine.base.outcomes import Misuse, Skip
from fuzzengine.types.choices import ChoicesType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.base import Tree
    from fuzzengine.types.choices import Choice
    from fuzzengine.types.hypothesis_engine import GivenTest
    from fuzzengine.types.kinds import Kind

_MAX_DESCRIPTION = 400
_SKIP_EXCEPTIONS = ("SkipTest", "Skipped")
_AFTER = ("Explanation:", "\nYou can reproduce")
_TITLES = ("Failing test case:", "Falsifying example:")


class HypothesisTarget:
    """A fuzz target of choices, which executes a test with the values that they make.

    Args:
        given: the test with `@given`.
        function: called by it with a T and the values; None for a test that takes no T.
    """

    def __init__(self, given: GivenTest, function: Callable[..., object] | None = None) -> None:
        self.kind = ChoicesType()
        self.given = given
        self._function = function
        self.__code__ = getattr(function or given.function, "__code__", None)
        self._test: Any = None
        # By the `repr` of the tree: 1 equals True.
        self._lines: tuple[str, list[str]] = ("", [])
        if function is None:
            self.kind.shrink = self._shrink

    def __call__(self, test: Any, tree: Tree) -> None:
        """Execute the target once; skip choices from which no valid value can be made."""
        self._test = test
        execution = self.given.run(*tree)
        self.kind.set_complete(tree, execution.choices)
        error = execution.error
        if error is None and not test.failed():
            if execution.rejected:
                test.skip(execution.rejected)
            return
        if type(error).__name__ in _SKIP_EXCEPTIONS:
            test.skip(str(error))
        if isinstance(error, Skip):
            raise error
        if self._function is None:
            assert error is not None
            self._add_lines(tree, error, execution.all_choices)
        else:
            self._log_values(test, tree, execution.all_choices)
        if error is not None:
            raise error.with_traceback(_without_machinery(error.__traceback__))

    def store(self, tree: Tree) -> bool:
        """Execute a failing input and store it in Hypothesis's database, if the test has one.

        Returns:
            True if an ordinary run of the test finds it there.
        """
        execution = self.given.run(*tree)
        if self._function is not None or execution.error is None or self.given.database is None:
            return False
        self.given.save(execution.all_choices)
        return True

    def call(self, values: Sequence[object]) -> None:
        """Call the function with the T of the current execution."""
        assert self._function is not None
        self._function(self._test, *values)

    def _add_lines(self, tree: Tree, error: BaseException, choices: Sequence[Choice]) -> None:
        """Add the lines that Hypothesis prints for a failing test case to its exception."""
        known, lines = self._lines
        if known != repr(tree):
            lines = self.given.describe(choices)
        self.kind.add_comment(tree, _one_line(lines))
        for line in lines:
            error.add_note(line)

    def _log_values(self, test: Any, tree: Tree, choices: Sequence[Choice]) -> None:
        """Log the values that the function got, after the report of its exception."""
        calls: list[Sequence[object]] = []
        function, self._function = self._function, lambda _test, *values: calls.append(values)
        try:
            self.given.run(None, choices)
        finally:
            self._function = function
        names = getattr(function, "__code__").co_varnames[1:]  # noqa: B009
        try:
            parts = [f"{name}={value!r}" for name, value in zip(names, calls[0], strict=False)]
            description = _one_line([", ".join(parts)])
        except Exception as error:
            description = f"values that cannot be shown: {error!r}"
        self.kind.add_comment(tree, description)
        test.cleanup(lambda: test._log_at(code_location(self), f"given: {description}"))

    def _shrink(self, tree: Tree, before: Callable[[], bool]) -> Tree | None:
        execution = self.given.run(*tree)
        found = None
        if execution.error is not None:
            found = self.given.shrink(execution.all_choices, before)
        if found is None:
            return None
        choices, lines = found
        smaller = (0, self.given.run(None, choices).choices)
        if lines:
            self._lines = (repr(smaller), lines)
        return smaller


def target_from_given(test: Any) -> tuple[HypothesisTarget, list[Kind]]:
    """Return the fuzz target of a function with `@given`, and its kinds.

    Args:
        test: the function, or a GivenTest that was called already.
    """
    from fuzzengine.types.hypothesis_engine import GivenTest

    target = HypothesisTarget(test if isinstance(test, GivenTest) else _called(test))
    return target, [target.kind]


def _called(test: Any) -> GivenTest:
    """Call a test without arguments, and return it at the point where it would be executed."""
    from fuzzengine.types.hypothesis_engine import engine_given_to

    found: list[GivenTest] = []
    with engine_given_to(found.append, explicit=False):
        test()
    return found[0]


def target_from_strategies(
    function: Callable[..., object], names: Sequence[str], given: Any
) -> tuple[HypothesisTarget, list[Kind]]:
    """Return a fuzz target whose arguments are drawn from strategies, and its kinds.

    Args:
        function: the function given to `f.fuzz`.
        names: the names of its arguments after the T.
        given: a strategy for the only argument, a tuple in their order, or a dict by name.

    Raises:
        Misuse: the strategies do not match the arguments.
    """
    try:
        from hypothesis import given as decorate
        from hypothesis import settings
        from hypothesis import strategies as st
    except ImportError:
        raise Misuse(
            "testing: f.fuzz(given=...) needs Hypothesis: pip install scriptest[hypothesis]"
        ) from None
    strategies = _in_order(names, given)
    for name, strategy in zip(names, strategies, strict=True):
        if not isinstance(strategy, st.SearchStrategy):
            raise Misuse(
                f"testing: f.fuzz: given must have a Hypothesis strategy for argument {name!r}, "
                f"not {strategy!r}"
            )

    @settings(database=None)
    @decorate(st.tuples(*strategies))
    def test(values: tuple[object, ...]) -> None:
        target.call(values)

    target = HypothesisTarget(_called(test), function)
    return target, [target.kind]


def _one_line(lines: Sequence[str]) -> str:
    """Return a test case as one line: without Hypothesis's title, line ends and explanations."""
    end = next((at for at, line in enumerate(lines) if line.startswith(_AFTER)), len(lines))
    text = ""
    for part in (part.strip() for line in lines[:end] for part in line.splitlines()):
        # The arguments of a call have a line each.
        text = text.removesuffix(",") if part == ")" else text
        text += part if text.endswith("(") or part == ")" else f" {part}"
    text = text.strip()
    for title in _TITLES:
        text = text.removeprefix(title).strip()
    text = text if len(text) <= _MAX_DESCRIPTION else f"{text[:_MAX_DESCRIPTION]}..."
    return "".join(c if c.isprintable() else " " for c in text)


def _without_machinery(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the first frame that is neither Hypothesis's nor the engine's."""
    import hypothesis

    folder = os.path.dirname(hypothesis.__file__) + os.sep
    first = trace
    while first is not None:
        code = first.tb_frame.f_code
        hidden = first.tb_frame.f_globals.get("__hypothesistracebackhide__")
        if not (hidden or is_engine_code(code) or code.co_filename.startswith(folder)):
            return first
        first = first.tb_next
    return trace


def _in_order(names: Sequence[str], given: Any) -> list[Any]:
    if isinstance(given, dict):
        if set(given) != set(names):
            raise Misuse(
                f"testing: f.fuzz: given has strategies for {', '.join(map(str, given))}, "
                f"the fuzz target has {', '.join(names)}"
            )
        return [given[name] for name in names]
    strategies = list(given) if isinstance(given, list | tuple) else [given]
    if len(strategies) != len(names):
        raise Misuse(
            f"testing: f.fuzz: given has {len(strategies)} strategies, "
            f"the fuzz target {len(names)} arguments besides the T"
        )
    return strategies
