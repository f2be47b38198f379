"""Finds what a compare depends on by changing the input a little, and climbs from there.

For compares whose operands are nowhere to be found in the input: sums, products, tables, checks on
single bits. First every byte is changed once to see which of them matter, then every value of those
is tried and the closest one kept. Numbers (integer arguments, decimal numbers in texts) are moved
along the secant, which solves what is linear in two steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fuzzengine.guidance.comparelog import Event
from fuzzengine.guidance.hints import distance

if TYPE_CHECKING:
    from fuzzengine.guidance.solver import Solver

BYTES = 48
"""How many bytes of an argument are probed."""
CLIMBED = 8
"""How many of the bytes that matter are tried with every value."""
_STEPS = 8

Values = list[Any]


def probe(solver: Solver, values: Values, events: Sequence[Event], site: int) -> Iterator[Values]:
    """Yield inputs that bring the compare of a site closer to turning.

    After each one the solver must have read the log of its execution.
    """
    state = _State(solver, values, events, site)
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)):
            yield from _numbers(state, index)
            yield from _climb(state, index)
        elif type(value) is int:
            yield from _secant(state, _Setter(state, index), value)
            if state.gap:
                yield from _crossing(state, _Setter(state, index), value)
        if not state.gap:
            return


class _State:
    """The closest input so far."""

    def __init__(self, solver: Solver, values: Values, events: Sequence[Event], site: int) -> None:
        self.solver = solver
        self.values = values
        self.site = site
        self.operands = self._operands(events)
        self.gap = self._gap(events)

    def _operands(self, events: Sequence[Event]) -> list[Any]:
        return [event[2:] for event in events if event[0] == self.site]

    def _gap(self, events: Sequence[Event]) -> int:
        gaps = [distance(event) for event in events if event[0] == self.site]
        return min((gap for gap in gaps if gap is not None), default=1 << 70)

    def signed_gap(self) -> float | None:
        """Left minus right of the first compare of numbers at the site, in the last execution."""
        for event in self.solver.events:
            if event[0] == self.site:
                left, right = event[2], event[3]
                if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                    return left - right
        return None

    def look(self, values: Values) -> tuple[bool, bool]:
        """After an execution: do the operands differ, and is it closer? Then it is kept."""
        events = self.solver.events
        operands = self._operands(events)
        differ = bool(operands) and operands != self.operands
        gap = self._gap(events)
        if gap < self.gap:
            self.values, self.gap = values, gap
            return differ, True
        return differ, False


class _Setter:
    """Puts a number in the place of an integer argument."""

    def __init__(self, state: _State, index: int) -> None:
        self.state = state
        self.index = index

    def __call__(self, number: int) -> Values:
        return _with(self.state.values, self.index, number)


def _with(values: Values, index: int, value: object) -> Values:
    return [*values[:index], value, *values[index + 1 :]]


def _put(values: Values, index: int, position: int, byte: int) -> Values:
    value = values[index]
    if isinstance(value, bytes):
        return _with(values, index, value[:position] + bytes([byte]) + value[position + 1 :])
    return _with(values, index, value[:position] + chr(byte) + value[position + 1 :])


def _climb(state: _State, index: int) -> Iterator[Values]:
    value = state.values[index]
    matter = []
    for position in range(min(len(value), BYTES)):
        old = value[position] if isinstance(value, bytes) else ord(value[position])
        new = _other(old)
        candidate = _put(state.values, index, position, new)
        yield candidate
        differ, _ = state.look(candidate)
        if differ:
            matter.append(position)
    every = range(256) if isinstance(value, bytes) else range(128)
    for position in matter[:CLIMBED]:
        for byte in every:
            candidate = _put(state.values, index, position, byte)
            yield candidate
            state.look(candidate)
            if not state.gap:
                return


def _other(old: int) -> int:
    """Another character of the same class, so that what parses still does."""
    character = chr(old)
    if character in "0123456789":
        return ord("0") + (old - ord("0") + 1) % 10
    if "a" <= character.lower() <= "z":
        return old + 1 if character.lower() != "z" else old - 1
    return old ^ 1


def _numbers(state: _State, index: int) -> Iterator[Values]:
    """Move each decimal number in a text."""
    value = state.values[index]
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    start = 0
    for _ in range(8):
        while start < len(text) and text[start] not in "0123456789":
            start += 1
        end = start
        while end < len(text) and text[end] in "0123456789":
            end += 1
        if start == end:
            return

        def put(number: int, start: int = start, end: int = end) -> Values:
            changed = text[:start] + str(number) + text[end:]
            made = changed.encode("latin-1") if isinstance(value, bytes) else changed
            return _with(state.values, index, made)

        yield from _secant(state, put, int(text[start:end][:18]))
        if state.gap:
            yield from _crossing(state, put, int(text[start:end][:18]))
        if not state.gap:
            return
        start = end


def _crossing(state: _State, put: Any, number: int) -> Iterator[Values]:
    """Look for a change of sign of left - right among powers of two, then halve the interval."""
    known: list[tuple[int, float]] = []
    for at in sorted({number, 0, *(sign << bit for bit in range(0, 63, 3) for sign in (1, -1))}):
        candidate = put(at)
        yield candidate
        state.look(candidate)
        gap = state.signed_gap()
        if not state.gap:
            return
        if gap is not None:
            known.append((at, gap))
    for (low, one), (high, two) in pairwise(known):
        if (one < 0) != (two < 0):
            yield from _halve(state, put, low, high, one < 0)
            if not state.gap:
                return


def _halve(state: _State, put: Any, low: int, high: int, negative: bool) -> Iterator[Values]:
    while high - low > 1:
        middle = (low + high) // 2
        candidate = put(middle)
        yield candidate
        state.look(candidate)
        gap = state.signed_gap()
        if gap is None or not gap:
            return
        if (gap < 0) == negative:
            low = middle
        else:
            high = middle


def _secant(state: _State, put: Any, number: int) -> Iterator[Values]:
    """Solve left = right for one number, as if their difference were linear in it."""
    here = put(number + 1)
    yield here
    state.look(here)
    one = state.signed_gap()
    at, step = number + 1, 1
    for _ in range(_STEPS):
        further = put(at + step)
        yield further
        state.look(further)
        two = state.signed_gap()
        if one is None or two is None or not state.gap:
            return
        if one == two:
            step *= 16
            continue
        slope = (two - one) / step
        target = at - one / slope
        if abs(target) > 1e18:
            return
        at, one, step = round(target), None, 1
        candidate = put(at)
        yield candidate
        state.look(candidate)
        one = state.signed_gap()
