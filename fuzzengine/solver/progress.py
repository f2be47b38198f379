"""Decides whether an execution made progress on the logged comparisons.

An execution makes progress if a comparison flips for the first time or comes closer than before,
if an equality holds for a new value, if an outcome occurs more often, if a table is read at a new
index, or if a compared text is no longer empty.
"""

from __future__ import annotations

from fuzzengine.cmplog.log import LEFT_LITERAL, RIGHT_LITERAL, Event
from fuzzengine.solver.hints import distance, outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_REMEMBERED = 200_000
_VALUES, _NUMBERS = 64, 24
"""The most equal operands remembered for each site: texts, and numbers."""
_FULL = 4
_FEW = 8
_PLACES = 512
"""The most table indices remembered for each site."""
SMALL_STEPS = 32
"""The number of times that coming closer by less than a quarter counts as progress, per site."""
OFTEN = 16
"""Up to this count, one more occurrence of an outcome in an execution is progress."""


class Progress:
    """The state of every site: its outcomes so far, and the closest it came to flipping."""

    def __init__(self) -> None:
        self.outcomes: set[tuple[int, str, bool]] = set()
        self.equal: dict[int, set[Any]] = {}
        self.closest: dict[int, int] = {}
        self.steps: dict[int, int] = {}  # number of small steps closer
        self.places: dict[int, set[Any]] = {}
        self.most_met = 0  # the most sites with a true comparison in one execution
        self.often: dict[tuple[int, bool, Any], int] = {}
        self.empty: set[tuple[int, int, int]] = set()  # empty texts: site, side, which element
        self._outcomes: dict[int, bool | None] = {}  # by the hash of an event

    def learn(self, events: Sequence[Event]) -> bool:
        """Record the events of an execution; return True if one of them is progress."""
        made = False
        counts: dict[tuple[int, bool, Any], int] = {}
        for event in events:
            number = hash(event)
            if number in self._outcomes:
                result = self._outcomes[number]
            else:
                if len(self._outcomes) >= _REMEMBERED:
                    self._outcomes.clear()
                result = self._outcomes[number] = outcome(event)
                made |= self._learn(event, result)
            if result is not None:
                operand = event[2] if _met_equal(event[1], result) else None
                key = event[0], result, operand if _is_short(operand) else None
                counts[key] = counts.get(key, 0) + 1
        met = len({site for site, result, _ in counts if result})
        if met > self.most_met:
            self.most_met = met
            made = True
        made |= self._learn_places(events)
        return self._learn_counts(counts) or made

    def _learn_places(self, events: Sequence[Event]) -> bool:
        """Record the table indices that an execution read; a new one is progress."""
        made, before = False, 0
        for site, op, left, _ in events:
            if op == "index" or (op in {"in", "key"} and type(left) is tuple):
                places = self.places.setdefault(site, set())
                if (before, left) not in places and len(places) < _PLACES:
                    places.add((before, left))
                    made = True
                before = left
        return made

    def _learn_counts(self, counts: dict[tuple[int, bool, Any], int]) -> bool:
        """Record the number of occurrences of each outcome; a new maximum is progress."""
        made = False
        for key, count in counts.items():
            before = self.often.get(key, 0)
            most = OFTEN if key[2] is not None else OFTEN // 2
            if min(count, most) > before:
                self.often[key] = min(count, most)
                made |= before > 0
        return made

    def _learn_filled(self, event: Event) -> bool:
        """Record empty texts; one that is filled is progress: it can now be found in the input."""
        made = False
        for side in (2, 3):
            operand = event[side]
            elements = operand[:_FEW] if isinstance(operand, tuple) else (operand,)
            for index, element in enumerate(elements):
                if isinstance(element, (str, bytes)):
                    key = event[0], side, index
                    if not element:
                        self.empty.add(key)
                    elif key in self.empty:
                        self.empty.discard(key)
                        made = True
        return made

    def _learn(self, event: Event, result: bool | None) -> bool:
        site, op, left, _ = event
        if result is None:
            return False
        made = (site, op, result) not in self.outcomes
        self.outcomes.add((site, op, result))
        turned = (site, op, not result) in self.outcomes
        made |= self._learn_filled(event) and not turned
        if _met_equal(op, result):
            equal = self.equal.setdefault(site, set())
            if left not in equal and len(equal) < (_NUMBERS if isinstance(left, int) else _VALUES):
                equal.add(left)
                made = True
        gap = distance(event)
        if op in {"in", "key"} and isinstance(event[3], tuple):
            gap = max(_FULL - len(event[3]), 0)  # an empty container cannot be matched
        if gap is not None:
            closest = self.closest.get(site)
            if closest is None or gap < closest:
                self.closest[site] = gap
                if closest is not None:
                    large = closest < 64 or gap <= closest * 3 // 4
                    self.steps[site] = self.steps.get(site, 0) + (not large)
                    made |= large or self.steps[site] <= SMALL_STEPS
        return made

    def rank(self, event: Event, site_flags: int) -> int:
        """Return the priority of an event, the lowest first.

        Returns:
            0 if its site never had the other outcome, 1 if it had, but never with this operand,
            2 otherwise.
        """
        site, op, left, right = event
        result = outcome(event)
        if result is None or (site, op, not result) not in self.outcomes:
            return 0
        if _met_equal(op, not result):
            equal = self.equal.get(site, ())
            operands = [right] if site_flags & RIGHT_LITERAL else [left, right]
            operands = [left] if site_flags & LEFT_LITERAL else operands
            return 2 if any(operand in equal for operand in operands) else 1
        return 2


def _is_short(operand: Any) -> bool:
    return isinstance(operand, (str, bytes)) and len(operand) <= 8


def _met_equal(op: str, result: bool) -> bool:
    """Return True if the outcome means that both operands are equal."""
    return (op == "==" and result) or (op == "!=" and not result)
