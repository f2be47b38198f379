"""Finds the bytes and numbers that a comparison depends on, and climbs towards flipping it.

For comparisons whose operands are not found in the input: sums, products, tables, tests of single
bits. First every byte is changed once to see which of them matter, and set to the value that would
flip the comparison if it were linear in that byte; then every value of the bytes that matter is
tried and the closest one kept. Numbers (integer arguments, decimal numbers in texts) are changed by
the secant method, which solves linear comparisons in two steps; then single bits are flipped. Bytes
under a checksum are left to checksums.py.
"""

from __future__ import annotations

from itertools import pairwise

from fuzzengine.cmplog.log import Event
from fuzzengine.solver.checksums import ChecksumBalance
from fuzzengine.solver.closest import ClosestInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from fuzzengine.solver.closest import LastExecution

BYTES = 48
"""The most bytes of an argument that are probed."""
CLIMBED = 8
"""The most bytes of an argument that are given every value."""
_STEPS = 8

Values: TypeAlias = "list[Any]"


def probe(
    solver: LastExecution,
    values: Values,
    events: Sequence[Event],
    site: int,
    origin: Values | None = None,
) -> Iterator[Values]:
    """Yield inputs that bring the comparison of a site closer to flipping.

    The caller executes each input, and the solver reads its log, before the next one is asked for.

    Args:
        solver: holds the events of the last execution.
        values: the input to start from.
        events: the events of its execution.
        site: the site of the comparison.
        origin: an earlier input; the parts of `values` that differ from it are kept.
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
                yield from _sign_change(state, _Setter(state, index), value)
        elif type(value) is float:
            yield from _float_steps(state, index)
        if not state.gap:
            return


def _changed(before: object, after: Any) -> set[int]:
    """Return the positions at which two texts of equal length differ; empty for other values."""
    if not isinstance(before, (bytes, str)) or len(before) != len(after):
        return set()
    return {index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}


class _Setter:
    """Replaces an integer argument."""

    def __init__(self, state: ClosestInput, index: int) -> None:
        self.state = state
        self.index = index

    def __call__(self, number: int) -> Values:
        return _with(self.state.values, self.index, number)


def _with(values: Values, index: int, value: object) -> Values:
    return [*values[:index], value, *values[index + 1 :]]


def put(values: Values, index: int, position: int, byte: int) -> Values:
    """Return the values with a byte or character of one of them replaced."""
    value = values[index]
    if isinstance(value, bytes):
        return _with(values, index, value[:position] + bytes([byte]) + value[position + 1 :])
    return _with(values, index, value[:position] + chr(byte) + value[position + 1 :])


def code(value: bytes | str, position: int) -> int:
    """Return the byte, or the code point, at a position."""
    return value[position] if isinstance(value, bytes) else ord(value[position])


def _bytes(state: ClosestInput, index: int, fixed: set[int]) -> Iterator[Values]:
    relevant: list[int] = []
    balance = ChecksumBalance(state)
    for position in range(min(len(state.values[index]), BYTES)):
        if position in fixed:
            continue
        yield from _test_byte(state, index, position, relevant, balance)
        if not state.gap:
            return
    yield from _climb(state, index, relevant[:CLIMBED])
    if state.gap:
        yield from balance.compensate(index, put, code)


def _test_byte(
    state: ClosestInput, index: int, position: int, relevant: list[int], balance: ChecksumBalance
) -> Iterator[Values]:
    """Change one byte a little; if that changes an operand, set it to flip the comparison."""
    old = code(state.values[index], position)
    new = _other(old)
    before = state.first_gap()
    candidate = put(state.values, index, position, new)
    yield candidate
    balance.learn(position, new - old)
    if not state.observe(candidate):
        unlike = put(state.values, index, position, 97 if old == 49 else 49)
        yield unlike
        if state.observe(unlike):
            relevant.append(position)
        return
    relevant.append(position)
    after = state.signed_gap()
    if before is None or after is None or before == after or not state.gap:
        return
    low, high = _range(old)
    target = round(old - before * (new - old) / (after - before))
    target = min(max(target, low), high)
    if target != old:
        candidate = put(state.values, index, position, target)
        yield candidate
        state.observe(candidate)


def _climb(state: ClosestInput, index: int, positions: Sequence[int]) -> Iterator[Values]:
    """Give each byte every value; keep the closest."""
    every = range(256) if isinstance(state.values[index], bytes) else range(128)
    for position in positions:
        for byte in every:
            candidate = put(state.values, index, position, byte)
            yield candidate
            state.observe(candidate)
            if not state.gap:
                return


def _range(old: int) -> tuple[int, int]:
    """Return the first and the last character of the same class."""
    for low, high in ((48, 57), (65, 90), (97, 122)):
        if low <= old <= high:
            return low, high
    return 0, 255 if old < 256 else 0x10FFFF


def _other(old: int) -> int:
    """Return another character of the same class, so that the input still parses."""
    character = chr(old)
    if character in "0123456789":
        return ord("0") + (old - ord("0") + 1) % 10
    if "a" <= character.lower() <= "z":
        return old + 1 if character.lower() != "z" else old - 1
    return old ^ 1


def _flips(state: ClosestInput, index: int) -> Iterator[Values]:
    """Flip each bit of an integer; keep the closest input."""
    for bit in range(64):
        candidate = _with(state.values, index, state.values[index] ^ 1 << bit)
        yield candidate
        state.observe(candidate)
        if not state.gap:
            return


def _float_steps(state: ClosestInput, index: int) -> Iterator[Values]:
    """Change a float by powers of ten; keep the closest input."""
    for exponent in range(6, -10, -1):
        for sign in (1, -1):
            candidate = _with(state.values, index, state.values[index] + sign * 10.0**exponent)
            yield candidate
            state.observe(candidate)
            if not state.gap:
                return


def _numbers(state: ClosestInput, index: int) -> Iterator[Values]:
    """Change each decimal number in a text."""
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
            yield from _sign_change(state, put, int(text[start:end][:18]))
        if not state.gap:
            return
        start = end


def _sign_change(state: ClosestInput, put: Any, number: int) -> Iterator[Values]:
    """Find a change of sign of left - right between powers of two, then bisect the interval."""
    known: list[tuple[int, float]] = []
    for at in sorted({number, 0, *(sign << bit for bit in range(0, 63, 3) for sign in (1, -1))}):
        candidate = put(at)
        yield candidate
        state.observe(candidate)
        gap = state.signed_gap()
        if not state.gap:
            return
        if gap is not None:
            known.append((at, gap))
    for (low, one), (high, two) in pairwise(known):
        if (one < 0) != (two < 0):
            yield from _bisect(state, put, low, high, one < 0)
            if not state.gap:
                return


def _bisect(state: ClosestInput, put: Any, low: int, high: int, negative: bool) -> Iterator[Values]:
    while high - low > 1:
        middle = (low + high) // 2
        candidate = put(middle)
        yield candidate
        state.observe(candidate)
        gap = state.signed_gap()
        if gap is None or not gap:
            return
        if (gap < 0) == negative:
            low = middle
        else:
            high = middle


def _secant(state: ClosestInput, put: Any, number: int) -> Iterator[Values]:
    """Solve left = right for one number by the secant method."""
    here = put(number + 1)
    yield here
    state.observe(here)
    one = state.signed_gap()
    at, step = number + 1, 1
    for _ in range(_STEPS):
        further = put(at + step)
        yield further
        state.observe(further)
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
        state.observe(candidate)
        one = state.signed_gap()
