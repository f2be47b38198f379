"""Both ways to increment counters: in Python and compiled."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.instrument import counters, names, rewrite
from fuzzengine.instrument.counters import StepCounter

_counters = pytest.importorskip("fuzzengine.instrument._counters", reason="not built here")


@given(st.binary(min_size=1, max_size=9), st.lists(st.integers(0, 300)))
def test_each_hit_increments_up_to_255(start: bytes, choices: list[int]) -> None:
    cells = bytearray(start)
    want = list(start)
    hits = _counters.Hits(cells)
    for choice in choices:
        index = choice % len(want)
        if choice % 2:
            assert hits[~index] is True
            want[index] = want[index] or 1
        else:
            assert hits[index] is True
            want[index] = min(want[index] + 1, 255)
    assert list(cells) == want


def test_the_counters_may_grow_and_shrink() -> None:
    cells = bytearray()
    hits = _counters.Hits(cells)
    for index in (0, ~0, 7, -(1 << 62)):
        with pytest.raises(IndexError):
            hits[index]
    cells.extend(bytes(100_000))
    assert hits[99_999]
    assert cells[99_999] == 1
    cells.clear()
    with pytest.raises(IndexError, match="there is no counter 99999"):
        hits[99_999]


def test_wrong_arguments_are_refused() -> None:
    hits = _counters.Hits(bytearray(3))
    calls: list[Any] = [lambda: hits["a"], lambda: _counters.Hits(b"abc"), _counters.Hits]
    calls += [lambda: hits.limit(3, ValueError), lambda: hits.limit("a", ValueError())]
    for call in calls:
        with pytest.raises(TypeError):
            call()


def test_is_new_needs_a_byte_for_each_counter() -> None:
    hits = _counters.Hits(bytearray(9))
    assert hits.is_new(bytes(9)) is False
    for unseen in (bytes(8), bytes(10), bytearray(9), None):
        with pytest.raises(ValueError, match="want as many bytes as there are counters"):
            hits.is_new(unseen)


SOURCE = """
def f(n):
    ended = 0
    for i in range(n):
        try:
            g(i)
        except KeyError:
            ended += 1
    return ended

def g(i):
    return i and (lambda: i)()
"""


@pytest.mark.parametrize("compiled", [False, True])
def test_steps_are_counted_and_limited(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    cells = bytearray(20)
    provided = counters.counting_builtins(cells)
    for name, value in provided.items():
        monkeypatch.setattr(builtins, name, value, raising=False)
    if not compiled:
        monkeypatch.setattr(builtins, names.HITS, None)
    code, _ = rewrite.instrument(SOURCE, "<f>", 0, compiled=compiled)
    namespace: dict[str, Any] = {}
    exec(code, namespace)

    def counted(limit: int) -> tuple[int, object]:
        measured = StepCounter(limit, KeyError("stop"))
        measured.start()
        try:
            got = namespace["f"](10)
        except KeyError as error:
            got = error
        measured.stop()
        return measured.count, got

    # The function, ten passes of the loop and ten calls; marks are not steps.
    assert counted(100) == (21, 0)
    assert cells[0] == 1
    assert counted(21) == (21, 0)
    # The error of the last call is caught, but the handler is a block itself and raises again.
    assert repr(counted(20)[1]) == "KeyError('stop')"
    assert counted(6)[0] == 8
    # Afterwards nothing is counted.
    assert namespace["f"](10) == 0
    assert getattr(builtins, names.STEP) is provided[names.STEP]
