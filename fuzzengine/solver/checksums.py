"""Changes bytes and compensates with others, so that a checksum keeps its value.

A comparison that is only reached while a sum over the same bytes has one value cannot be probed
byte by byte: each change breaks the sum. While the bytes are changed one by one, the effect of
each on the sum is recorded; afterwards a byte is given every value, and others compensate for it.
"""

from __future__ import annotations

from fuzzengine.solver.hints import outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fuzzengine.solver.closest import ClosestInput

VARIED = 6
"""The most bytes that are given every value."""


class ChecksumBalance:
    """The effect of each byte on an equality of numbers that is evaluated before the site."""

    def __init__(self, state: ClosestInput) -> None:
        self._state = state
        self._weights: dict[int, dict[int, float]] = {}  # by site, by position

    def learn(self, position: int, change: int) -> None:
        """Record which equality the last execution broke, after a byte was changed."""
        events = self._state.solver.events
        if not change or any(event[0] == self._state.site for event in events):
            return
        for event in events:
            if event[1] in {"==", "!="} and outcome(event) is (event[1] == "!="):
                gap = self._state.signed_gap(event[0])
                if gap:
                    self._weights.setdefault(event[0], {})[position] = gap / change
                    return

    def compensate(
        self,
        index: int,
        put: Callable[[list[Any], int, int, int], list[Any]],
        code: Callable[[Any, int], int],
    ) -> Iterator[list[Any]]:
        """Yield inputs in which one byte has another value and other bytes compensate for it.

        Args:
            index: the argument whose bytes are changed.
            put: sets a byte or character of an argument.
            code: reads one.
        """
        weights = max(self._weights.values(), key=len, default={})
        if len(weights) < 2:
            return
        state = self._state
        for position in list(weights)[:VARIED]:
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
                state.observe(made)
                if not state.gap:
                    return
