"""Dates and times. A tree has a number for each part: year, month, day and so on."""

from __future__ import annotations

import datetime

from fuzzengine.types.base import NOTHING, Choice, MisfitError, StructuredType
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree

_DATE = (Kind("year", int, 1, 9999), Kind("month", int, 1, 12), Kind("day", int, 1, 31))
_CLOCK = (
    Kind("hour", int, 0, 23),
    Kind("minute", int, 0, 59),
    Kind("second", int, 0, 59),
    Kind("microsecond", int, 0, 999_999),
    Kind("fold", int, 0, 1),
)
_OFFSET = Choice("UTC offset or None", (NOTHING, Kind("minutes", int, -1439, 1439)))
_NAIVE = (0, None)
_MINUTE = datetime.timedelta(minutes=1)
_LENGTH = (
    Kind("days", int, -999_999_999, 999_999_999),
    Kind("seconds", int, 0, 86_399),
    Kind("microseconds", int, 0, 999_999),
)


class Moment(StructuredType):
    """A date, time or datetime: written in the ISO format, `date('2024-01-02')`.

    A time zone is one of a fixed offset of whole minutes.
    """

    __slots__ = ("dated", "parts", "start")

    def __init__(self, python_type: type) -> None:
        super().__init__(python_type.__name__, python_type)
        self.dated = dated = issubclass(python_type, datetime.date)
        clocked = python_type is not datetime.date
        self.parts = (*(_DATE if dated else ()), *((*_CLOCK, _OFFSET) if clocked else ()))
        self.start = (
            *((2000, 1, 1) if dated else ()),
            *((0, 0, 0, 0, 0, _NAIVE) if clocked else ()),
        )

    def zero(self) -> object:
        """Return the first instant of 2000, without a time zone."""
        return self.start

    def build(self, tree: Tree) -> Any:
        """Build it; a day that the month does not have is its last one."""
        parts = list(tree)
        if self.dated:
            parts[2] = min(parts[2], _days(parts[0], parts[1]))
        if self.parts[-1] is _OFFSET:
            _, minutes = parts.pop()
            zone = None if minutes is None else datetime.timezone(minutes * _MINUTE)
            fold = parts.pop()
            return self.python_type(*parts, tzinfo=zone, fold=fold)
        return self.python_type(*parts)

    def take(self, value: Any) -> Tree:
        """Take it apart."""
        if type(value) is not self.python_type:
            raise MisfitError(f"{type(value).__name__} is not {self.name}")
        numbers = tuple(getattr(value, kind.name) for kind in self.parts if kind is not _OFFSET)
        if self.parts[-1] is not _OFFSET:
            return numbers
        zone: Any = getattr(value, "tzinfo", None)
        if zone is None:
            return (*numbers, _NAIVE)
        if type(zone) is not datetime.timezone or zone.utcoffset(None) % _MINUTE:
            raise MisfitError(f"{zone!r} is no datetime.timezone of whole minutes")
        return (*numbers, (1, zone.utcoffset(None) // _MINUTE))

    def write(self, tree: Tree) -> str:
        """Write it in the ISO format."""
        moment = self.build(tree)
        fold = ", fold=1" if getattr(moment, "fold", 0) else ""
        return f"{self.name}({moment.isoformat()!r}{fold})"

    def read(self, node: Node) -> Tree:
        """Read the ISO format."""
        call = call_of(node)
        name = call[0].removeprefix("datetime.") if call is not None else ""
        text = constant_of(call[1][0]) if call is not None and len(call[1]) == 1 else None
        fold = call[2].pop("fold", None) if call is not None else None
        if name != self.name or not isinstance(text, str) or (call is not None and call[2]):
            example = f"{self.name}({self.build(self.start).isoformat()!r})"
            raise ReadError(node, f"want {example}, not {type_of_node(node)}")
        python_type: Any = self.python_type
        try:
            moment = python_type.fromisoformat(text)
            if fold is not None:
                moment = moment.replace(fold=constant_of(fold))
            return self.take(moment)
        except (ValueError, TypeError, OverflowError) as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return every part."""
        return list(zip(self.parts, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these parts."""
        return tuple(parts)


class Length(StructuredType):
    """A timedelta: `timedelta(days=1, seconds=30)`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("timedelta", datetime.timedelta)

    def zero(self) -> object:
        """Return the tree of no time at all."""
        return (0, 0, 0)

    def build(self, tree: Tree) -> Any:
        """Build it."""
        return datetime.timedelta(*tree)

    def take(self, value: Any) -> Tree:
        """Take its three parts."""
        if type(value) is not datetime.timedelta:
            raise MisfitError(f"{type(value).__name__} is not timedelta")
        return (value.days, value.seconds, value.microseconds)

    def write(self, tree: Tree) -> str:
        """Write the parts that are not 0."""
        parts = zip(_LENGTH, tree, strict=True)
        return f"timedelta({', '.join(f'{kind.name}={part}' for kind, part in parts if part)})"

    def read(self, node: Node) -> Tree:
        """Read days, seconds and microseconds, each by its name."""
        call = call_of(node)
        if call is None or call[0].removeprefix("datetime.") != "timedelta" or call[1]:
            raise ReadError(node, f"want timedelta(days=0, seconds=0), not {type_of_node(node)}")
        units = ("days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
        numbers: dict[str, int] = {}
        for name, value in call[2].items():
            number = constant_of(value)
            if name not in units or type(number) is not int:
                raise ReadError(value, f"want whole numbers of {', '.join(units)}")
            numbers[name] = number
        try:
            return self.take(datetime.timedelta(**numbers))
        except OverflowError as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return every part."""
        return list(zip(_LENGTH, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these parts."""
        return tuple(parts)


def shape_of_moment(python_type: type) -> StructuredType | None:
    """Return the type of a class of the datetime module, None for another class."""
    if python_type is datetime.timedelta:
        return Length()
    if python_type in (datetime.datetime, datetime.date, datetime.time):
        return Moment(python_type)
    return None


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
