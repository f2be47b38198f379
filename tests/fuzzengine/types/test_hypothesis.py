"""Arguments that Hypothesis makes by choices."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fuzzengine import T
from fuzzengine.base.outcomes import Misuse
from fuzzengine.corpus.encoding import read_structured
from fuzzengine.golang.expr import ExpressionError
from fuzzengine.testing.common import Printer
from fuzzengine.testing.target import Target, target_of
from fuzzengine.types.base import TypeMismatchError
from fuzzengine.types.choices import Choices, ChoicesType


def run(target: Target, *values: object) -> tuple[T, str]:
    """Run a target once; return its T and the report."""
    out = io.StringIO()
    test = T("X", Printer(out, verbose=True))
    test._run_guarded(lambda: target.function(test, *values))
    test._finish(0.0)
    test._report()
    return test, out.getvalue()


def generated(target: Target) -> ChoicesType:
    (kind,) = target.kinds
    assert isinstance(kind, ChoicesType)
    return kind


def test_any_bytes_give_a_value() -> None:
    seen: list[Any] = []

    def target(_: T, number: int, items: list[int]) -> None:
        seen.append((number, items))

    made = target_of(target, (), T, {"items": st.lists(st.integers()), "number": st.just(3)})
    for data in (b"", b"\xff" * 30, bytes(range(256))):
        test, _ = run(made, (data, ()))
        assert not test.failed()
        assert not test.skipped()
    assert len(seen) == 3
    assert seen[0] == (3, [])
    assert seen[1][1] != []


def test_a_failure_shows_the_values_and_only_the_users_frames() -> None:
    def target(_: T, text: str) -> None:
        raise ValueError("wrong")

    made = target_of(target, (), T, st.just("a\nb"))
    test, report = run(made, (0, ()))
    assert test.failed()
    lines = [line.strip() for line in report.splitlines()]
    assert any(line.endswith("ValueError: wrong") for line in lines)
    assert lines.index('raise ValueError("wrong")') < next(
        index for index, line in enumerate(lines) if r"given: text='a\nb'" in line
    )
    assert "hypothesis" not in report.replace("test_hypothesis", "")
    assert generated(made).write((0, ())) == r"choices()  # text='a\nb'"


def test_refused_assumptions_are_skipped() -> None:
    def target(_: T, number: int) -> None:
        assume(number > 5)

    test, _ = run(target_of(target, (), T, st.integers(0, 3)), (0, ()))
    assert test.skipped()
    assert not test.failed()


def test_errors_of_t_and_subtests_count() -> None:
    def target(t: T, number: int) -> None:
        t.error("no", number)

    test, report = run(target_of(target, (), T, st.just(7)), (0, ()))
    assert test.failed()
    assert "no 7" in report
    assert "given: number=7" in report


def test_a_test_with_given_is_a_target() -> None:
    @settings(max_examples=1)
    @given(items=st.lists(st.integers(0, 255)))
    def inner(items: list[int]) -> None:
        assert len(items) < 2

    for _ in range(2):
        target = target_of(inner, (), T)
        assert not run(target, (0, ()))[0].failed()
        test, report = run(target, (0, (True, 1, True, 2, False)))
        assert test.failed()
        assert "items=[1, 2]" in report
        line = generated(target).write((0, (True, 1, True, 2, False)))
        assert line == "choices(True, 1, True, 2, False)  # inner(items=[1, 2])"
        assert "hypothesis" not in report.replace("test_hypothesis", "")


def test_choices_are_fitted_to_what_strategies_ask_for() -> None:
    seen: list[Any] = []

    def target(_: T, *values: Any) -> None:
        seen.append(values)

    strategies = (
        st.integers(0, 9),
        st.integers(min_value=5),
        st.integers(max_value=-5),
        st.floats(0.5, 1.5),
        st.text("ab", min_size=2, max_size=3),
        st.binary(min_size=2, max_size=2),
        st.booleans(),
    )

    @settings(database=None)
    @given(*strategies)
    def inner(a: int, b: int, c: int, d: float, e: str, f: bytes, g: bool) -> None:
        seen.append((a, b, c, d, e, f, g))

    made = target_of(inner, (), T)
    run(made, (0, (12, 3, 5, 9.0, "xaxbaba", b"123", True)))
    # A choice of another type is passed over.
    run(made, (0, ("no", 3, 6, -7, float("nan"), "", b"", False)))
    run(made, (0, ()))
    assert seen == [
        (2, 7, -15, 1.5, "aba", b"12", True),
        (3, 6, -7, 0.5, "aa", b"\0\0", False),
        (0, 5, -5, 0.5, "aa", b"\0\0", False),
    ]


def test_executed_inputs_are_written_with_all_choices() -> None:
    def target(_: T, items: list[int]) -> None:
        """Do nothing."""

    made = target_of(target, (), T, st.lists(st.integers(), min_size=1, max_size=2))
    kind = generated(made)
    run(made, (7, ()))
    line = kind.write((7, ()))
    assert "seed" not in line
    complete = read_structured(kind, line.encode())
    assert len(complete[1]) >= 1
    run(made, complete)
    assert kind.write(complete) == line
    # True equals 1, but is another choice.
    run(made, (0, (5, 1)))
    assert kind.write((0, (5, True))) == "choices(5, True)"


def test_inputs_of_earlier_versions_are_read() -> None:
    seen: list[int] = []

    def target(_: T, number: int) -> None:
        seen.append(number)

    made = target_of(target, (), T, st.integers(0, 1000))
    kind = generated(made)
    tree = read_structured(kind, b"hypothesis(b'\\xff\\xf4')")
    assert kind.write(tree) == r"hypothesis(b'\xff\xf4')"
    run(made, tree)
    # Ten bits are drawn; 0x3f4 is too large, and those that follow are 0.
    assert seen == [0]
    assert kind.write(tree) == "choices(0)"
    assert kind.to_tree(b"\xff\xf4") == tree


_CHOICES = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.binary(),
)


@given(
    st.lists(_CHOICES).map(tuple),
    st.none() | st.integers(0, (1 << 32) - 1),
    st.text(st.characters(categories=("L", "N", "P")), max_size=20),
)
def test_lines(choices: tuple[Any, ...], seed: int | None, comment: str) -> None:
    kind = ChoicesType()
    kind.add_comment((seed, choices), comment)
    line = kind.write((seed, choices))
    assert repr(read_structured(kind, line.encode())) == repr((seed, choices))
    assert repr(kind.with_children((seed, choices), [t for _, t in kind.children((seed, choices))]))


def test_seeds_are_choices() -> None:
    kind = ChoicesType()
    assert kind.to_tree(Choices((1, "a"))) == (0, (1, "a"))
    assert kind.to_tree(Choices((1, "a"), stored=True)) == (None, (1, "a"))
    with pytest.raises(TypeMismatchError, match="not values"):
        kind.to_tree(3)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("hypothesis('x')", r"want hypothesis\(b'...'\)"),
        ("hypothesis()", r"want hypothesis\(b'...'\)"),
        ("hypothesis(b'', 1)", r"want hypothesis\(b'...'\)"),
        ("b'x'", r"want choices\(...\), not bytes"),
        ("choices(1, other=2)", r"choices\(..., seed=1\)"),
        ("choices(1, stored=False)", r"choices\(..., stored=True\)"),
        ("choices([1])", "want a bool, int, float, str or bytes, not a list"),
    ],
)
def test_other_lines(line: str, text: str) -> None:
    with pytest.raises(ExpressionError, match=text):
        read_structured(ChoicesType(), line.encode())


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        ((), "given has 0 strategies, the fuzz target 1 arguments"),
        ({"other": st.none()}, "given has strategies for other, the fuzz target has number"),
        (5, "given must have a Hypothesis strategy for argument 'number', not 5"),
    ],
)
def test_mismatched_strategies(given_: Any, text: str) -> None:
    def target(_: T, number: int) -> None:
        """Do nothing."""

    with pytest.raises(Misuse) as caught:
        target_of(target, (), T, given_)
    assert text in str(caught.value.value)
