"""Writes wanted values back to the bytes that a data provider made the values from.

A data provider (fuzzengine/atheris/data_provider.py) logs an event `consumed` for each value. Its
left operand is (form, start, stop, end, data): the value was made from data[start:stop], when `end`
was the end of what was left. A form is the name of an encoding and its parameters:

    ("bytes",)  ("text",)  ("int", count)  ("uint", count)
    ("range", low, high)          the last bytes that were left
    ("pick", (element, ...))      the same, the index of an element
    ("probability",)  ("float",)  ("floats", low, high)
"""

from __future__ import annotations

import sys

from fuzzengine.cmplog.log import CONSUMED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from fuzzengine.cmplog.log import Event

MOST = 16
"""The most values of one execution that are considered."""

_WIDEST = 64
_ASCII, _UTF16, _UTF32 = b"\1", b"\2", b"\0"
_SPECIAL_FLOATS = ("0.0", "-0.0", "inf", "-inf", "nan")
_REGULAR = b"\x80"


class Consumed:
    """A value, and the place of the bytes that it was made from."""

    __slots__ = ("data", "end", "form", "start", "stop", "value")

    def __init__(self, event: Event) -> None:
        self.form, self.start, self.stop, self.end, self.data = event[2]
        self.value = event[3]

    def rewritten(self, wanted: object) -> Iterator[bytes]:
        """Yield variants of the data from which the wanted value would be made."""
        try:
            new = encoded(self.form, wanted, self.stop - self.start)
        except (ArithmeticError, TypeError, ValueError):
            return
        if new is None:
            return
        data, head = self.data, self.data[: self.start]
        if len(new) == self.stop - self.start or self.form[0] in ("range", "pick"):
            yield head + new + data[self.stop :]
            return
        # Nothing that is left may become a part of the value.
        yield head + new + data[self.end :]
        yield head + new + data[self.start + len(new) :]
        yield head + new + data[self.stop :]


def consumed_in(events: Sequence[Event]) -> list[Consumed]:
    """Return the last values that were consumed."""
    found = dict.fromkeys(event for event in reversed(events) if event[1] == CONSUMED)
    return [Consumed(event) for event in list(found)[:MOST]]


def through_consumed(
    consumed: Sequence[Consumed],
    event: Event,
    values: Sequence[object],
    hints: Callable[[list[object]], Iterator[list[object]]],
) -> Iterator[list[object]]:
    """Yield copies of `values` in which consumed values are changed by `hints`.

    Values that are operands of the event come first.
    """
    operands = event[2], event[3]
    exact = [one for one in consumed if _is_operand(one.value, operands)]
    for one in [*exact, *(other for other in consumed if other not in exact)]:
        for index, value in enumerate(values):
            place = value.find(one.data) if isinstance(value, bytes) else -1
            if place < 0:
                continue
            assert isinstance(value, bytes)
            before, after = value[:place], value[place + len(one.data) :]
            for (wanted,) in hints([one.value]):
                for made in one.rewritten(wanted):
                    yield [*values[:index], before + made + after, *values[index + 1 :]]


def _is_operand(value: object, operands: tuple[object, ...]) -> bool:
    return any(type(value) is type(one) and value == one for one in operands)


def encoded(form: tuple[Any, ...], wanted: Any, width: int) -> bytes | None:
    """Return the bytes from which a value is made, or None if no bytes are.

    Args:
        form: the encoding.
        wanted: the value.
        width: the number of bytes that the last value was made from.

    Raises:
        ArithmeticError, TypeError, ValueError: the value does not fit the form.
    """
    name, *details = form
    if name == "bytes":
        return wanted if isinstance(wanted, bytes) else None
    if name == "text":
        return _text(wanted)
    if name in ("int", "uint"):
        count = details[0] if details[0] <= _WIDEST else width
        return int.to_bytes(wanted, count, "little", signed=name == "int")
    if name == "range":
        return _in_range(wanted, *details)
    if name == "pick":
        elements = details[0]
        return _in_range(elements.index(wanted), 0, len(elements) - 1)
    if name == "probability":
        return _probability(float(wanted))
    return _float(wanted) if name == "float" else _in_floats(wanted, *details)


def _text(text: str) -> bytes:
    points = list(map(ord, text))
    most = max(points, default=0)
    if most < 0x80:
        return _ASCII + bytes(points)
    width, kind = (2, _UTF16) if most < 0x10000 else (4, _UTF32)
    return kind + b"".join(point.to_bytes(width, "little") for point in points)


def _in_range(wanted: int, low: int, high: int) -> bytes | None:
    if not low <= wanted <= high:
        return None
    delta, offset = high - low, wanted - low
    if delta < 1 << 64:
        return offset.to_bytes((delta.bit_length() + 7) // 8, "little")
    count = delta.bit_length() // 8
    if offset >> (8 * count - 1):
        offset -= delta + 1
    return offset.to_bytes(count, "little", signed=True)


def _probability(wanted: float) -> bytes:
    return min(int(wanted * (1 << 64)), (1 << 64) - 1).to_bytes(8, "little")


def _float(wanted: float) -> bytes:
    if repr(float(wanted)) in _SPECIAL_FLOATS:
        return bytes([_SPECIAL_FLOATS.index(repr(float(wanted)))]) + bytes(9)
    largest = sys.float_info.max
    return _REGULAR + _in_floats(float(wanted), -largest, largest)


def _in_floats(wanted: float, low: float, high: float) -> bytes:
    if low < 0 < high and low + sys.float_info.max < high:
        extent = high / 2 - low / 2
        upper = wanted >= low + extent
        part = wanted - (low + extent) if upper else wanted - low
        return bytes([upper]) + _probability(part / extent)
    return _probability((wanted - low) / (high - low))
