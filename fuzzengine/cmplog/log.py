"""What the code under test compared: the log that the solver reads.

An event is a tuple (site, op, left, right):

    ==  !=  <  <=  >  >=      the operands
    in                        needle, container: a text, or some elements as a tuple
    prefix  suffix            a text, and what it should start or end with
    parse                     (name of the parser, its further argument), the text it got
    parsed                    the name of a parser that took its text
    parts                     into how many a text was split, up to how many it is progress
    index                     a place in a row of a table
    regex                     (pattern, flags, name of the method), the text
    size                      how many bytes there were, how many struct needs
    type                      a scalar, the name of the type that it should have
    key                       the key, some keys of the dict as a tuple

Operands are kept as values of Python's own types, all hashable: what is of another type, or very
large, is not logged, and no method of the code under test is called. A site is a place in the
source; each is logged at most PER_SITE times in an execution.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any, TypeAlias


PER_SITE = 64
LONGEST = 1 << 12
"""Longer texts are not logged."""
ELEMENTS = 64
"""So many elements of a container that cannot change are logged."""
FEWER_ELEMENTS = 16
"""And so many of another one, which must be looked through each time."""
_CONTAINERS = 1000
PARTS = 4
"""Up to so many parts of a text that is split are worth trying."""

LEFT_LITERAL = 1
RIGHT_LITERAL = 2
LEFT_LENGTH = 4
RIGHT_LENGTH = 8
LEFT_SUBSCRIPT = 16
"""What is known of the operands at a site: written as a constant, as a call of len, as `x[y]`."""

_SCALARS = frozenset((int, str, bytes, float))
_LARGEST = 1 << 512

Event: TypeAlias = "tuple[int, str, Any, Any]"


class Log:
    """The events of one execution, and what is known of the sites."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.about: list[int] = []  # of each site: LEFT_LITERAL and so on
        self.quota: list[int] = []
        # Of containers that never change, by identity: the container, which so lives on; a sample.
        self._samples: dict[int, tuple[Any, tuple[Any, ...]]] = {}

    def clear(self) -> None:
        """Forget the events; call it before an execution."""
        self.events.clear()
        self.quota[:] = [PER_SITE] * len(self.about)

    def add_sites(self, about: list[int]) -> int:
        """Make room for new sites; return the number of the first."""
        base = len(self.about)
        self.about.extend(about)
        self.quota.extend([PER_SITE] * len(about))
        return base

    def note(self, site: int, op: str, left: Any, right: Any) -> None:
        """Log an event, if its operands are plain and its site has not had its share."""
        quota = self.quota
        if quota[site]:
            left, right = plain(left), plain(right)
            if left is not None and right is not None:
                quota[site] -= 1
                self.events.append((site, op, left, right))

    def note_choice(self, site: int, op: str, left: Any, choice: Any) -> None:
        """Log that something is looked for in a list, set or dict."""
        if self.quota[site]:
            wanted = plain(left)
            if wanted is not None:
                self.quota[site] -= 1
                self.events.append((site, op, wanted, self._sample(choice, wanted)))

    def _sample(self, choice: Any, wanted: Any) -> tuple[Any, ...]:
        """Some elements of a container, with what is looked for if the container has it."""
        kind = type(choice)
        if kind is frozenset or kind is tuple:
            known = self._samples.get(id(choice))
            if known is None:
                known = choice, _some(choice, ELEMENTS)
                if len(self._samples) < _CONTAINERS:
                    self._samples[id(choice)] = known
            some = known[1]
        else:
            some = _some(choice, FEWER_ELEMENTS)
        if len(choice) > len(some) and wanted not in some and _contains(choice, wanted):
            return (*some, wanted)
        return some


LOG = Log()
"""The log of this process: instrumented code can only write to one place."""


def plain(value: Any) -> Any:
    """A value as it may be kept: unchanged, or a copy of a plain type; None if it may not."""
    kind = type(value)
    if kind is int:
        return value if -_LARGEST < value < _LARGEST else None
    if kind is str or kind is bytes:
        return value if len(value) <= LONGEST else None
    if kind is float:
        return value
    if kind is bytearray:
        return bytes(value) if len(value) <= LONGEST else None
    if kind is tuple or kind is list:
        if len(value) <= ELEMENTS + 1:
            elements = tuple(plain(element) for element in value)
            return None if None in elements else elements
        return None
    if kind is set or kind is frozenset:
        return plain(sorted(value, key=repr)) if len(value) <= ELEMENTS else None
    if kind.__module__ == "decimal" and kind.__name__ == "Decimal":
        return float(value) if value.is_finite() else None
    if kind.__module__ == "ipaddress":
        return str(value)
    if isinstance(value, int) and kind is not bool:
        return plain(int.__index__(value))
    return plain(str.__str__(value)) if isinstance(value, str) else None


def _some(choice: Any, most: int) -> tuple[Any, ...]:
    """Some plain elements of a container; those of a constant set in an order no hash decides.

    For other sets that would cost too much; workers have one fixed hash seed instead.
    """
    ordered = type(choice) is frozenset
    elements = dict.__iter__(choice) if isinstance(choice, dict) else iter(choice)
    some = []
    for element, _ in zip(elements, range(most * 8 if ordered else most), strict=False):
        if type(element) in _SCALARS or type(element) is tuple:
            kept = plain(element)
            if kept is not None:
                some.append(kept)
    if ordered:
        some.sort(key=lambda element: (type(element).__name__, repr(element)))
        del some[most:]
    return tuple(some)


def _contains(choice: Any, wanted: Any) -> bool:
    return dict.__contains__(choice, wanted) if isinstance(choice, dict) else wanted in choice
