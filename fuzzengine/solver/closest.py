"""Holds the input that came closest to flipping a comparison while it is probed."""

from __future__ import annotations

from fuzzengine.solver.hints import distance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeAlias

    from fuzzengine.cmplog.log import Event

    Values: TypeAlias = list[Any]

    class LastExecution(Protocol):
        """The logged events of the input that was executed last, as a solver holds them."""

        events: list[Event]


class ClosestInput:
    """The input that came closest so far.

    Attributes:
        values: the input.
        events: the events of its execution.
        gap: its distance from flipping the comparison; 0 if it flipped.
    """

    def __init__(
        self, solver: LastExecution, values: Values, events: Sequence[Event], site: int
    ) -> None:
        self.solver = solver
        self.values = values
        self.site = site
        self.events = list(events)
        self.operands = self._operands(events)
        self.gap = self._gap(events)

    def _operands(self, events: Sequence[Event]) -> list[Any]:
        return [event[2:] for event in events if event[0] == self.site]

    def _gap(self, events: Sequence[Event]) -> int:
        gaps = [distance(event) for event in events if event[0] == self.site]
        return min((gap for gap in gaps if gap is not None), default=1 << 70)

    def signed_gap(self, site: int | None = None) -> float | None:
        """Return left minus right of the site's first comparison of numbers in the last execution.

        None if it compared no numbers.
        """
        return self._signed(self.solver.events, self.site if site is None else site)

    def first_gap(self) -> float | None:
        """Return the same difference for the closest input."""
        return self._signed(self.events, self.site)

    def _signed(self, events: Sequence[Event], site: int) -> float | None:
        for event in events:
            if event[0] == site:
                left, right = event[2], event[3]
                if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                    return left - right
        return None

    def observe(self, values: Values) -> bool:
        """Keep `values` if their execution came closer; return True if its operands differ."""
        events = self.solver.events
        operands = self._operands(events)
        differ = bool(operands) and operands != self.operands
        gap = self._gap(events)
        if gap < self.gap:
            self.values, self.gap, self.events = values, gap, events
        return differ
