"""The comparison log: operands that the code under test compared, for the solver to read.

An event is a tuple (site, op, left, right):

    ==  !=  <  <=  >  >=      the operands
    in                        needle and container: a text, or a tuple of some elements
    prefix  suffix            a text, and its expected prefix or suffix
    parse                     (name of the parser, its second argument), the text to parse
    parsed                    the name of a parser that accepted its text, ""
    parts                     number of parts of a split text, number up to which more are progress
    index                     index into a row of a table, 0
    regex                     (pattern, flags, name of the method), the text
    size                      number of bytes given, number of bytes that struct needs
    type                      a scalar, the name of the expected type
    key                       the key, a tuple of some keys of the dict
    consumed                  (form, start, stop, end, data), the value that a data provider made

Operands are hashable values of built-in types. Values of other types and very large ones are not
logged, and no method of the code under test is called. A site is one comparison or call in the
source; at most EVENTS_PER_SITE of its events are logged per execution.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias


EVENTS_PER_SITE = 64
MAX_TEXT = 1 << 12
"""Length above which texts are not logged."""
MAX_CONSTANT_ELEMENTS = 64
"""Number of elements logged of a tuple or frozenset."""
MAX_ELEMENTS = 16
"""Number of elements logged of a mutable container, which is sampled again each time."""
_MAX_SAMPLES = 1000
MAX_PARTS = 4
"""Number of parts of a split text up to which more parts count as progress."""

CONSUMED = "consumed"
"""The operation of the events of data providers."""

LEFT_LITERAL = 1
RIGHT_LITERAL = 2
LEFT_LENGTH = 4
RIGHT_LENGTH = 8
LEFT_SUBSCRIPT = 16
"""Flags of a site: an operand is written as a constant, as a call of len, as `x[y]`."""

_SCALARS = frozenset((int, str, bytes, float))
_INT_LIMIT = 1 << 512

Event: TypeAlias = "tuple[int, str, Any, Any]"


class ComparisonLog:
    """The events of one execution, and the flags of all sites.

    Attributes:
        events: in the order of execution.
        site_flags: by site, a sum of LEFT_LITERAL and so on.
        quota: by site, the number of events that may still be logged in this execution.
        on: the code logs now, so that others may log as well.
    """

    def __init__(self) -> None:
        self.on = False
        self.events: list[Event] = []
        self.site_flags: list[int] = []
        self.quota: list[int] = []
        # By identity of an immutable container: the container, to keep it alive, and its sample.
        self._samples: dict[int, tuple[Any, tuple[Any, ...]]] = {}

    def clear(self) -> None:
        """Drop the events and reset the quotas; call this before each execution."""
        self.events.clear()
        self.quota[:] = [EVENTS_PER_SITE] * len(self.site_flags)

    def add_sites(self, site_flags: list[int]) -> int:
        """Add sites with these flags; return the number of the first."""
        first = len(self.site_flags)
        self.site_flags.extend(site_flags)
        self.quota.extend([EVENTS_PER_SITE] * len(site_flags))
        return first

    def record(self, site: int, op: str, left: Any, right: Any) -> None:
        """Log an event if both operands are loggable and the site has quota left."""
        quota = self.quota
        if quota[site]:
            left, right = loggable(left), loggable(right)
            if left is not None and right is not None:
                quota[site] -= 1
                self.events.append((site, op, left, right))

    def record_lookup(self, site: int, op: str, left: Any, container: Any) -> None:
        """Log the lookup of a value in a list, set or dict."""
        if self.quota[site]:
            wanted = loggable(left)
            if wanted is not None:
                self.quota[site] -= 1
                self.events.append((site, op, wanted, self._sample(container, wanted)))

    def _sample(self, container: Any, wanted: Any) -> tuple[Any, ...]:
        """Return some elements of a container, among them the wanted one if it is there."""
        cls = type(container)
        if cls is frozenset or cls is tuple:
            known = self._samples.get(id(container))
            if known is None:
                known = container, _some(container, MAX_CONSTANT_ELEMENTS)
                if len(self._samples) < _MAX_SAMPLES:
                    self._samples[id(container)] = known
            some = known[1]
        else:
            some = _some(container, MAX_ELEMENTS)
        if len(container) > len(some) and wanted not in some and _contains(container, wanted):
            return (*some, wanted)
        return some


LOG = ComparisonLog()
"""The log of this process; instrumented code cannot be given another one."""


def loggable(value: Any) -> Any:
    """Return a value, or its copy of a built-in type, as an operand; None if it is not logged."""
    cls = type(value)
    if cls is int:
        return value if -_INT_LIMIT < value < _INT_LIMIT else None
    if cls is str or cls is bytes:
        return value if len(value) <= MAX_TEXT else None
    if cls is float:
        return value
    if cls is bytearray:
        return bytes(value) if len(value) <= MAX_TEXT else None
    if cls is tuple or cls is list:
        if len(value) <= MAX_CONSTANT_ELEMENTS + 1:
            elements = tuple(loggable(element) for element in value)
            return None if None in elements else elements
        return None
    if cls is set or cls is frozenset:
        return loggable(sorted(value, key=repr)) if len(value) <= MAX_CONSTANT_ELEMENTS else None
    if cls.__module__ == "decimal" and cls.__name__ == "Decimal":
        return float(value) if value.is_finite() else None
    if cls.__module__ == "ipaddress":
        return str(value)
    if isinstance(value, int) and cls is not bool:
        return loggable(int.__index__(value))
    return loggable(str.__str__(value)) if isinstance(value, str) else None


def _some(container: Any, most: int) -> tuple[Any, ...]:
    """Return some loggable elements of a container.

    Those of a frozenset are sorted, so that hash randomization has no effect. Sorting mutable sets
    each time would cost too much; workers run with a fixed hash seed instead.
    """
    ordered = type(container) is frozenset
    elements = dict.__iter__(container) if isinstance(container, dict) else iter(container)
    some = []
    for element, _ in zip(elements, range(most * 8 if ordered else most), strict=False):
        if type(element) in _SCALARS or type(element) is tuple:
            kept = loggable(element)
            if kept is not None:
                some.append(kept)
    if ordered:
        some.sort(key=lambda element: (type(element).__name__, repr(element)))
        del some[most:]
    return tuple(some)


def _contains(container: Any, wanted: Any) -> bool:
    if isinstance(container, dict):
        return dict.__contains__(container, wanted)
    return wanted in container
