"""Finds what a compare depends on by changing the input a little, and climbs from there.

For compares whose operands are nowhere to be found in the input: sums, products, tables, checks on
single bits. First every byte is changed once to see which of them matter, and moved to where the
compare would turn if it were linear in that byte; then every value of those that matter is tried
and the closest one kept. Numbers (integer arguments, decimal numbers in texts) are moved along the
secant, which solves what is linear in two steps; then single bits are flipped. What only holds as
long as a sum over the same bytes does is left to balance.py.
"""

from __future__ import annotations

from itertools import pairwise

from fuzzengine.cmplog.log import Event
from fuzzengine.solver.checksums import Balance
from fuzzengine.solver.closest import ClosestInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from fuzzengine.solver.closest import LastExecution

BYTES = 48
"""How many bytes of an argument are probed."""
CLIMBED = 8
"""How many of the bytes that matter are tried with every value."""
_STEPS = 8

Values: TypeAlias = "list[Any]"


def probe(
    solver: LastExecution,
    values: Values,
    events: Sequence[Event],
    site: int,
    origin: Values | None = None,
) -> Iterator[Values]:
    """Yield inputs that bring the compare of a site closer to turning.

    After each one the solver must have read the log of its execution. What differs from `origin`
    was changed for some reason and stays as it is.
    """
    state = ClosestInput(solver, values, events, site)
    for index, value in enumerate(values):
        before = value if origin is None else origin[index]
        if isinstance(value, (bytes, str)):
            yield from _numbers(state, index)
            if state.gap:
                yield from _bytes(state, index, _changed(before, value))
        elif before != value:
            continue
        elif type(value) is int:
            yield from _secant(state, _Setter(state, index), value)
            if state.gap:
                yield from _flips(state, index)
            if state.gap:
                yield from _crossing(state, _Setter(state, index), value)
        elif type(value) is float:
            yield from _nudges(state, index)
        if not state.gap:
            return


def _changed(before: object, after: Any) -> set[int]:
    """At which positions a text differs from another of its length; none if the lengths differ."""
    if not isinstance(before, (bytes, str)) or len(before) != len(after):
        return set()
    return {index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}


class _Setter:
    """Puts a number in the place of an integer argument."""

    def __init__(self, state: ClosestInput, index: int) -> None:
        self.state = state
        self.index = index

    def __call__(self, number: int) -> Values:
        return _with(self.state.values, self.index, number)


def _with(values: Values, index: int, value: object) -> Values:
    return [*values[:index], value, *values[index + 1 :]]


def put(values: Values, index: int, position: int, byte: int) -> Values:
    """Return the values with another byte or character in one of them."""
    value = values[index]
    if isinstance(value, bytes):
        return _with(values, index, value[:position] + bytes([byte]) + value[position + 1 :])
    return _with(values, index, value[:position] + chr(byte) + value[position + 1 :])


def code(value: bytes | str, position: int) -> int:
    """The byte, or the code point, at a position."""
    return value[position] if isinstance(value, bytes) else ord(value[position])


def _bytes(state: ClosestInput, index: int, fixed: set[int]) -> Iterator[Values]:
    matter: list[int] = []
    balance = Balance(state)
    for position in range(min(len(state.values[index]), BYTES)):
        if position in fixed:
            continue
        yield from _touch(state, index, position, matter, balance)
        if not state.gap:
            return
    yield from _climb(state, index, matter[:CLIMBED])
    if state.gap:
        yield from balance.moves(index, put, code)


def _touch(
    state: ClosestInput, index: int, position: int, matter: list[int], balance: Balance
) -> Iterator[Values]:
    """Change one byte a little; if it matters move it to where the compare should turn."""
    old = code(state.values[index], position)
    new = _other(old)
    before = state.first_gap()
    candidate = put(state.values, index, position, new)
    yield candidate
    balance.learn(position, new - old)
    differ, _ = state.look(candidate)
    if not differ:
        unlike = put(state.values, index, position, 97 if old == 49 else 49)
        yield unlike
        differ, _ = state.look(unlike)
        matter += [position] if differ else []
        return
    matter.append(position)
    after = state.signed_gap()
    if before is None or after is None or before == after or not state.gap:
        return
    low, high = _range(old)
    target = round(old - before * (new - old) / (after - before))
    target = min(max(target, low), high)
    if target != old:
        candidate = put(state.values, index, position, target)
        yield candidate
        state.look(candidate)


def _climb(state: ClosestInput, index: int, matter: Sequence[int]) -> Iterator[Values]:
    every = range(256) if isinstance(state.values[index], bytes) else range(128)
    for position in matter:
        for byte in every:
            candidate = put(state.values, index, position, byte)
            yield candidate
            state.look(candidate)
            if not state.gap:
                return


def _range(old: int) -> tuple[int, int]:
    """Between which characters of its class one may be moved."""
    for low, high in ((48, 57), (65, 90), (97, 122)):
        if low <= old <= high:
            return low, high
    return 0, 255 if old < 256 else 0x10FFFF


def _other(old: int) -> int:
    """Another character of the same class, so that what parses still does."""
    character = chr(old)
    if character in "0123456789":
        return ord("0") + (old - ord("0") + 1) % 10
    if "a" <= character.lower() <= "z":
        return old + 1 if character.lower() != "z" else old - 1
    return old ^ 1


def _flips(state: ClosestInput, index: int) -> Iterator[Values]:
    """Flip each bit of an integer; keep what comes closer."""
    for bit in range(64):
        candidate = _with(state.values, index, state.values[index] ^ 1 << bit)
        yield candidate
        state.look(candidate)
        if not state.gap:
            return


def _nudges(state: ClosestInput, index: int) -> Iterator[Values]:
    """Move a float by powers of ten; keep what comes closer."""
    for exponent in range(6, -10, -1):
        for sign in (1, -1):
            candidate = _with(state.values, index, state.values[index] + sign * 10.0**exponent)
            yield candidate
            state.look(candidate)
            if not state.gap:
                return


def _numbers(state: ClosestInput, index: int) -> Iterator[Values]:
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


def _crossing(state: ClosestInput, put: Any, number: int) -> Iterator[Values]:
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


def _halve(state: ClosestInput, put: Any, low: int, high: int, negative: bool) -> Iterator[Values]:
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


def _secant(state: ClosestInput, put: Any, number: int) -> Iterator[Values]:
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
