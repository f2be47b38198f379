"""Changes bytes in pairs, so that a sum that must stay as it is stays as it is.

A compare that is only reached while a sum over the same bytes has one value cannot be probed byte
by byte: each change breaks the sum. While the bytes are touched one by one this notes by how much
each moves the sum; afterwards a byte is given every value, and others make up for it.
"""

from __future__ import annotations

from fuzzengine.solver.hints import outcome

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fuzzengine.solver.closest import ClosestInput

MOVED = 6
"""How many bytes are given every value."""


class Balance:
    """By how much bytes move the equality of numbers that is met before the site in question."""

    def __init__(self, state: ClosestInput) -> None:
        self._state = state
        self._weights: dict[int, dict[int, float]] = {}

    def learn(self, position: int, change: int) -> None:
        """Read the last execution, in which a byte was changed: which equality did that break?"""
        events = self._state.solver.events
        if not change or any(event[0] == self._state.site for event in events):
            return
        for event in events:
            if event[1] in {"==", "!="} and outcome(event) is (event[1] == "!="):
                gap = self._state.signed_gap(event[0])
                if gap:
                    self._weights.setdefault(event[0], {})[position] = gap / change
                    return

    def moves(
        self,
        index: int,
        put: Callable[[list[Any], int, int, int], list[Any]],
        code: Callable[[Any, int], int],
    ) -> Iterator[list[Any]]:
        """Yield inputs in which one byte has another value and others make up for it."""
        weights = max(self._weights.values(), key=len, default={})
        if len(weights) < 2:
            return
        state = self._state
        for position in list(weights)[:MOVED]:
            for byte in range(256 if isinstance(state.values[index], bytes) else 128):
                change = byte - code(state.values[index], position)
                made = put(state.values, index, position, byte)
                rest = -weights[position] * change
                for other in sorted(weights, key=lambda one: (-abs(weights[one]), one)):
                    if other != position and abs(rest) >= abs(weights[other]):
                        old = code(made[index], other)
                        new = min(max(old + int(rest / weights[other]), 0), 255)
                        rest -= (new - old) * weights[other]
                        made = put(made, index, other, new)
                if rest or not change:
                    continue
                yield made
                state.look(made)
                if not state.gap:
                    return
