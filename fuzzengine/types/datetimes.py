"""Types of dates, times and durations; a tree has a number for each field, such as the year."""

from __future__ import annotations

import datetime

from fuzzengine.types.base import NONE, StructuredType, TypeMismatchError, UnionType
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False
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
_OFFSET = UnionType("UTC offset or None", (NONE, Kind("minutes", int, -1439, 1439)))
_NAIVE = (0, None)
_MINUTE = datetime.timedelta(minutes=1)
_DURATION = (
    Kind("days", int, -999_999_999, 999_999_999),
    Kind("seconds", int, 0, 86_399),
    Kind("microseconds", int, 0, 999_999),
)


class DateTimeType(StructuredType):
    """A date, time or datetime, written in the ISO format: `date('2024-01-02')`.

    Time zones are `datetime.timezone` objects with an offset of whole minutes.

    Attributes:
        has_date: the type has a year, month and day.
        fields: the kinds of the numbers in a tree.
        start: the tree of the zero value.
    """

    __slots__ = ("fields", "has_date", "start")

    def __init__(self, python_type: type) -> None:
        super().__init__(python_type.__name__, python_type)
        self.has_date = issubclass(python_type, datetime.date)
        has_time = python_type is not datetime.date
        self.fields = (*(_DATE if self.has_date else ()), *((*_CLOCK, _OFFSET) if has_time else ()))
        self.start = (
            *((2000, 1, 1) if self.has_date else ()),
            *((0, 0, 0, 0, 0, _NAIVE) if has_time else ()),
        )

    def zero(self) -> object:
        """Return the first instant of 2000, without a time zone."""
        return self.start

    def build(self, tree: Tree) -> Any:
        """Return the date or time; a day beyond the end of the month becomes its last day."""
        numbers = list(tree)
        if self.has_date:
            numbers[2] = min(numbers[2], _days(numbers[0], numbers[1]))
        if self.fields[-1] is _OFFSET:
            _, minutes = numbers.pop()
            zone = None if minutes is None else datetime.timezone(minutes * _MINUTE)
            fold = numbers.pop()
            return self.python_type(*numbers, tzinfo=zone, fold=fold)
        return self.python_type(*numbers)

    def to_tree(self, value: Any) -> Tree:
        """Return the numbers of a date or time."""
        if type(value) is not self.python_type:
            raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")
        numbers = tuple(getattr(value, kind.name) for kind in self.fields if kind is not _OFFSET)
        if self.fields[-1] is not _OFFSET:
            return numbers
        zone: Any = getattr(value, "tzinfo", None)
        if zone is None:
            return (*numbers, _NAIVE)
        if type(zone) is not datetime.timezone or zone.utcoffset(None) % _MINUTE:
            raise TypeMismatchError(f"{zone!r} is not a datetime.timezone of whole minutes")
        return (*numbers, (1, zone.utcoffset(None) // _MINUTE))

    def write(self, tree: Tree) -> str:
        """Return the ISO format in a call of the type."""
        value = self.build(tree)
        fold = ", fold=1" if getattr(value, "fold", 0) else ""
        return f"{self.name}({value.isoformat()!r}{fold})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a call of the type with the ISO format."""
        call = call_of(node)
        name = call[0].removeprefix("datetime.") if call is not None else ""
        text = constant_of(call[1][0]) if call is not None and len(call[1]) == 1 else None
        fold = call[2].pop("fold", None) if call is not None else None
        if name != self.name or not isinstance(text, str) or (call is not None and call[2]):
            example = f"{self.name}({self.build(self.start).isoformat()!r})"
            raise ReadError(node, f"want {example}, not {type_of_node(node)}")
        python_type: Any = self.python_type
        try:
            value = python_type.fromisoformat(text)
            if fold is not None:
                value = value.replace(fold=constant_of(fold))
            return self.to_tree(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the fields."""
        return list(zip(self.fields, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these fields."""
        return tuple(parts)


class TimeDeltaType(StructuredType):
    """A timedelta: `timedelta(days=1, seconds=30)`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("timedelta", datetime.timedelta)

    def zero(self) -> object:
        """Return the tree of the zero duration."""
        return (0, 0, 0)

    def build(self, tree: Tree) -> Any:
        """Return the timedelta."""
        return datetime.timedelta(*tree)

    def to_tree(self, value: Any) -> Tree:
        """Return days, seconds and microseconds."""
        if type(value) is not datetime.timedelta:
            raise TypeMismatchError(f"{type(value).__name__} is not timedelta")
        return (value.days, value.seconds, value.microseconds)

    def write(self, tree: Tree) -> str:
        """Return a call with the fields that are not 0."""
        fields = zip(_DURATION, tree, strict=True)
        return f"timedelta({', '.join(f'{kind.name}={value}' for kind, value in fields if value)})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a call with keyword arguments."""
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
            return self.to_tree(datetime.timedelta(**numbers))
        except OverflowError as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the fields."""
        return list(zip(_DURATION, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these fields."""
        return tuple(parts)


def datetime_type(python_type: type) -> StructuredType | None:
    """Return the type of a class of the datetime module, or None."""
    if python_type is datetime.timedelta:
        return TimeDeltaType()
    if python_type in (datetime.datetime, datetime.date, datetime.time):
        return DateTimeType(python_type)
    return None


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
