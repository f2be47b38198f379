from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.mutation.minimize_bytes import minimize_bytes

VECTORS = Path(__file__).parents[1] / "vectors" / "minimize.jsonl"
CASES = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]


def never() -> bool:
    return False


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["in"][:12])
def test_tries_what_go_tries(case: dict[str, object]) -> None:
    tried: list[str] = []

    def has_enough(candidate: bytes) -> bool:
        tried.append(candidate.decode())
        return candidate.count(b"X") >= int(str(case["k"]))

    result = minimize_bytes(str(case["in"]).encode(), has_enough, never)
    assert isinstance(case["trace"], list)
    assert tried[: len(case["trace"])] == case["trace"]
    assert len(tried) == case["tries"]
    assert result == str(case["result"]).encode()


@given(st.binary(max_size=30), st.binary(min_size=1, max_size=3))
def test_the_result_is_accepted_and_not_longer(padding: bytes, needle: bytes) -> None:
    value = padding + needle + padding
    result = minimize_bytes(value, lambda candidate: needle in candidate, never)
    assert result == needle


@given(st.binary(max_size=200), st.data())
def test_the_result_is_the_last_success(value: bytes, data: st.DataObject) -> None:
    best = value

    def decide(candidate: bytes) -> bool:
        nonlocal best
        assert len(candidate) <= len(best)
        if data.draw(st.booleans()):
            best = candidate
            return True
        return False

    stops = iter(range(30))
    result = minimize_bytes(value, decide, lambda: next(stops, None) is None)
    assert result == best


@given(st.binary(max_size=100), st.integers(0, 60))
def test_a_spent_budget_ends_the_search(value: bytes, budget: int) -> None:
    tries = 0

    def count(candidate: bytes) -> bool:
        nonlocal tries
        tries += 1
        return False

    minimize_bytes(value, count, lambda: tries >= budget)
    assert tries <= max(budget + 31, 0)
    if budget == 0:
        assert tries == 0


@pytest.mark.parametrize(
    ("value", "tries"),
    [
        (b"abXab", "a abX a ab bX aX - X 0 1 2 7 8 9 A B C X"),
        (
            b"aabbXbaX",
            "aabb aabbXb aabbXba aabbXb abbXba abbXba aabXba aabXba aabbba aabbXa - a ba Xba a X "
            "0 1 2 7 8 9 A B C X",
        ),
    ],
)
def test_ranges_are_removed_in_the_order_of_go(value: bytes, tries: str) -> None:
    """The attempts are those of Go 1.27 for as many a as b and at least one X."""
    tried = []

    def is_balanced(candidate: bytes) -> bool:
        tried.append(candidate.decode() or "-")
        return candidate.count(b"a") == candidate.count(b"b") and b"X" in candidate

    assert minimize_bytes(value, is_balanced, never) == b"X"
    assert " ".join(tried) == tries


def test_a_byte_becomes_the_first_readable_one() -> None:
    assert minimize_bytes(b"\xff", lambda candidate: True, never) == b"0"
    assert minimize_bytes(b"", lambda candidate: True, never) == b""
