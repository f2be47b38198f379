"""Arguments that Hypothesis draws from bytes."""

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
from fuzzengine.types.base import parts_of
from fuzzengine.types.buffers import minimize_buffer
from fuzzengine.types.hypothesis import HypothesisType


def run(target: Target, *values: object) -> tuple[T, str]:
    """Run a target once; return its T and the report."""
    out = io.StringIO()
    test = T("X", Printer(out, verbose=True))
    test._run_guarded(lambda: target.function(test, *values))
    test._finish(0.0)
    test._report()
    return test, out.getvalue()


def generated(target: Target) -> HypothesisType:
    (kind,) = target.kinds
    assert isinstance(kind, HypothesisType)
    return kind


def test_any_bytes_give_a_value() -> None:
    seen: list[Any] = []

    def target(_: T, number: int, items: list[int]) -> None:
        seen.append((number, items))

    made = target_of(target, (), T, {"items": st.lists(st.integers()), "number": st.just(3)})
    for data in (b"", b"\xff" * 30, bytes(range(256))):
        test, _ = run(made, (data,))
        assert not test.failed()
        assert not test.skipped()
    assert len(seen) == 3
    assert seen[0] == (3, [])
    assert seen[1][1] != []


def test_a_failure_shows_the_values_and_only_the_users_frames() -> None:
    def target(_: T, text: str) -> None:
        raise ValueError("wrong")

    made = target_of(target, (), T, st.just("a\nb"))
    test, report = run(made, (b"x",))
    assert test.failed()
    lines = [line.strip() for line in report.splitlines()]
    assert any(line.endswith("ValueError: wrong") for line in lines)
    assert lines.index('raise ValueError("wrong")') < next(
        index for index, line in enumerate(lines) if r"given: text='a\nb'" in line
    )
    assert "hypothesis" not in report.replace("test_hypothesis", "")
    assert generated(made).write((b"x",)) == r"hypothesis(b'x')  # text='a\nb'"


def test_refused_assumptions_are_skipped() -> None:
    def target(_: T, number: int) -> None:
        assume(number > 5)

    test, _ = run(target_of(target, (), T, st.integers(0, 3)), (b"",))
    assert test.skipped()
    assert not test.failed()


def test_errors_of_t_and_subtests_count() -> None:
    def target(t: T, number: int) -> None:
        t.error("no", number)

    test, report = run(target_of(target, (), T, st.just(7)), (b"",))
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
        assert not run(target, (b"",))[0].failed()
        test, report = run(target, (b"\xff\x01\xff\x02",))
        assert test.failed()
        assert "given: items=[1, 2]" in report


@given(st.binary(), st.text(st.characters(categories=("L", "N", "P")), max_size=20))
def test_lines(data: bytes, comment: str) -> None:
    kind = HypothesisType()
    kind.add_comment((data,), comment)
    assert read_structured(kind, kind.write((data,)).encode()) == (data,)


@pytest.mark.parametrize("line", ["hypothesis('x')", "hypothesis()", "b'x'", "hypothesis(b'', 1)"])
def test_other_lines(line: str) -> None:
    with pytest.raises(ExpressionError, match=r"want hypothesis\(b'...'\)"):
        read_structured(HypothesisType(), line.encode())


def test_bytes_are_minimized_in_canonical_form() -> None:
    target = target_of(lambda _, number: None, (), T, st.integers(0, 1000))
    kind = generated(target)
    run(target, (b"\xff\xf4",))
    # Ten bits are drawn; 0x3f4 is too large, and those that follow are 0.
    assert [part.tree for part in parts_of(kind, (b"\xff\xf4",))][1] == b"\x03\xf4"


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


@given(st.binary(max_size=40), st.integers(0, 255))
def test_buffers_are_minimized(data: bytes, least: int) -> None:
    def do(candidate: bytes) -> bool:
        return any(byte >= least for byte in candidate)

    if do(data):
        assert minimize_buffer(data, do) == bytes((least,))
