"""The input that came closest to turning a compare, while it is probed."""

from __future__ import annotations

from fuzzengine.solver.hints import distance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeAlias

    from fuzzengine.cmplog.log import Event

    Values: TypeAlias = list[Any]

    class LastExecution(Protocol):
        """The log of the input that was executed last, as a solver holds it."""

        events: list[Event]


class ClosestInput:
    """The closest input so far."""

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
        """Left minus right of the first compare of numbers at the site, in the last execution."""
        return self._signed(self.solver.events, self.site if site is None else site)

    def first_gap(self) -> float | None:
        """The same of the closest input."""
        return self._signed(self.events, self.site)

    def _signed(self, events: Sequence[Event], site: int) -> float | None:
        for event in events:
            if event[0] == site:
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
            self.values, self.gap, self.events = values, gap, events
            return differ, True
        return differ, False
