"""What executions have shown of each compare, and whether one has shown more.

An execution is progress if a compare turned that never turned before, or came closer than ever; if
an equality held for another value; if an outcome came more often, or a table was read at another
place; if a text that a compare is about was empty until now and is not any more.
"""

from __future__ import annotations

from fuzzengine.cmplog.log import LEFT_LITERAL, RIGHT_LITERAL, Event
from fuzzengine.solver.hints import distance, outcome

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_REMEMBERED = 200_000
_VALUES, _NUMBERS = 64, 24
"""How many operands that were once equal are told apart, of each site."""
_FULL = 4
_FEW = 8
_PLACES = 512
"""How many places in tables are told apart, of each site."""
SMALL_STEPS = 32
"""So often a site is progress although it came closer by less than a quarter of the way."""
OFTEN = 16
"""Up to so many times, one more time of an outcome in an execution is progress."""


class Progress:
    """What is known of every site: which outcomes it had and how close it came to turning."""

    def __init__(self) -> None:
        self.outcomes: set[tuple[int, str, bool]] = set()
        self.equal: dict[int, set[Any]] = {}
        self.closest: dict[int, int] = {}
        self.steps: dict[int, int] = {}  # how often each came only a little closer
        self.places: dict[int, set[Any]] = {}
        self.most_met = 0  # at so many sites an execution had a compare that was true
        self.often: dict[tuple[int, bool, Any], int] = {}
        self.empty: set[tuple[int, int, int]] = set()  # empty texts: site, side, which element
        self._outcomes: dict[int, bool | None] = {}  # by the hash of an event

    def learn(self, events: Sequence[Event]) -> bool:
        """Take in the events of an execution; tell whether one of them is progress."""
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
        """Take in where in tables an execution was; a new place is progress."""
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
        """Take in how often sites had an outcome in one execution; more than ever is progress."""
        made = False
        for key, count in counts.items():
            before = self.often.get(key, 0)
            most = OFTEN if key[2] is not None else OFTEN // 2
            if min(count, most) > before:
                self.often[key] = min(count, most)
                made |= before > 0
        return made

    def _learn_filled(self, event: Event) -> bool:
        """Note empty texts; one that is filled is progress: now it can be found in the input."""
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
            gap = max(_FULL - len(event[3]), 0)  # what has nothing in it cannot be turned
        if gap is not None:
            closest = self.closest.get(site)
            if closest is None or gap < closest:
                self.closest[site] = gap
                if closest is not None:
                    large = closest < 64 or gap <= closest * 3 // 4
                    self.steps[site] = self.steps.get(site, 0) + (not large)
                    made |= large or self.steps[site] <= SMALL_STEPS
        return made

    def rank(self, event: Event, about: int) -> int:
        """0: its site never had the other outcome; 1: not with this operand; 2: neither."""
        site, op, left, right = event
        result = outcome(event)
        if result is None or (site, op, not result) not in self.outcomes:
            return 0
        if _met_equal(op, not result):
            equal = self.equal.get(site, ())
            operands = [right] if about & RIGHT_LITERAL else [left, right]
            operands = [left] if about & LEFT_LITERAL else operands
            return 2 if any(operand in equal for operand in operands) else 1
        return 2


def _is_short(operand: Any) -> bool:
    return isinstance(operand, (str, bytes)) and len(operand) <= 8


def _met_equal(op: str, result: bool) -> bool:
    """Tell whether two operands with this outcome are equal."""
    return (op == "==" and result) or (op == "!=" and not result)
