"""Splits an input into values, byte for byte as the FuzzedDataProvider of Atheris does.

Integers in a range and choices come from the end of the input, everything else from its start.
While comparisons are logged, each value is logged with its place, so that the solver can write
another one there.
"""

from __future__ import annotations

import math
import operator
import struct
import sys

from fuzzengine.cmplog.log import CONSUMED, LOG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    _T = TypeVar("_T")

ALL_REMAINING = (1 << 64) - 1
"""The count that consumes everything that is left."""

_SIZE_LIMIT = 1 << 64
_TWO_TO_64 = float(1 << 64)
_SPECIAL_FLOATS = (
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    -5e-324,
    sys.float_info.min,
    -sys.float_info.min,
    sys.float_info.max,
    -sys.float_info.max,
)
_FLOAT_BYTES = 9
_ASCII = bytes(byte & 0x7F for byte in range(256))
_SURROGATES = range(0xD800, 0xE000)


class FuzzedDataProvider:
    """Consumes an input value by value.

    A method that finds fewer bytes than it needs takes what is left; with nothing left it returns
    0, False or an empty value.
    """

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, /) -> None:
        if not isinstance(data, bytes):
            raise TypeError(f"FuzzedDataProvider needs bytes, not {type(data).__name__}")
        self._data = data
        self._position = 0
        self._end = len(data)

    def remaining_bytes(self) -> int:
        """Return the number of bytes that are left."""
        return self._end - self._position

    def buffer(self) -> bytes:
        """Return the bytes that are left, without consuming them."""
        return self._data[self._position : self._end]

    def ConsumeBytes(self, count: int, /) -> bytes:
        """Return up to `count` bytes."""
        start, value = self._position, self._first(_size(count))
        return self._log(("bytes",), start, value) if LOG.on else value

    def ConsumeUnicode(self, count: int) -> str:
        """Return a text of up to `count` characters, among them surrogates."""
        return self._text(_size(count), with_surrogates=True)

    def ConsumeUnicodeNoSurrogates(self, count: int, /) -> str:
        """Return a text of up to `count` characters that can be encoded."""
        return self._text(_size(count), with_surrogates=False)

    def ConsumeString(self, count: int, /) -> str:
        """Return the same as ConsumeUnicode."""
        return self._text(_size(count), with_surrogates=True)

    def ConsumeInt(self, count: int, /) -> int:
        """Return a signed integer of `count` bytes."""
        start = self._position
        value = int.from_bytes(self._first(_size(count)), "little", signed=True)
        return self._log(("int", count), start, value) if LOG.on else value

    def ConsumeUInt(self, count: int, /) -> int:
        """Return an unsigned integer of `count` bytes."""
        start, value = self._position, int.from_bytes(self._first(_size(count)), "little")
        return self._log(("uint", count), start, value) if LOG.on else value

    def ConsumeIntInRange(self, low: int, high: int, /) -> int:
        """Return an integer from `low` to `high`, both included.

        Raises:
            RuntimeError: `low` is greater than `high`.
        """
        low, high = operator.index(low), operator.index(high)
        delta = high - low
        if delta < 0:
            raise RuntimeError("ConsumeIntInRange: min must be <= max")
        if delta < _SIZE_LIMIT:
            end = self._end
            value = low + self._number_up_to(delta)
            return self._log_last(("range", low, high), end, value) if LOG.on else value
        start = self._position
        chunk = self._first(delta.bit_length() // 8)
        value = low + int.from_bytes(chunk, "little", signed=True) % (delta + 1)
        return self._log(("range", low, high), start, value) if LOG.on else value

    def ConsumeIntList(self, length: int, count: int, /) -> list[int]:
        """Return `length` signed integers of `count` bytes each."""
        return _repeat(length, lambda: self.ConsumeInt(count))

    def ConsumeIntListInRange(self, length: int, low: int, high: int, /) -> list[int]:
        """Return `length` integers from `low` to `high`."""
        return _repeat(length, lambda: self.ConsumeIntInRange(low, high))

    def ConsumeFloat(self) -> float:
        """Return any float; special values such as infinity are frequent."""
        if self._position >= self._end:
            return 0.0
        start, kind = self._position, self._first(1)[0]
        if kind < len(_SPECIAL_FLOATS):
            self._first(_FLOAT_BYTES)
            value = _SPECIAL_FLOATS[kind]
        else:
            value = self._float_between(-sys.float_info.max, sys.float_info.max)
        return self._log(("float",), start, value) if LOG.on else value

    def ConsumeRegularFloat(self) -> float:
        """Return a float that is neither infinite nor NaN."""
        largest = sys.float_info.max
        return self.ConsumeFloatInRange(-largest, largest)

    def ConsumeProbability(self) -> float:
        """Return a float from 0 to 1."""
        start, value = self._position, self._probability()
        return self._log(("probability",), start, value) if LOG.on else value

    def ConsumeFloatInRange(self, low: float, high: float, /) -> float:
        """Return a float from `low` to `high`.

        Raises:
            RuntimeError: `low` is greater than `high`.
        """
        low, high = _float(low), _float(high)
        if low > high:
            raise RuntimeError("ConsumeFloatInRange: min must be <= max")
        start, value = self._position, self._float_between(low, high)
        return self._log(("floats", low, high), start, value) if LOG.on else value

    def ConsumeFloatList(self, length: int, /) -> list[float]:
        """Return `length` results of ConsumeFloat."""
        return _repeat(length, self.ConsumeFloat)

    def ConsumeRegularFloatList(self, length: int, /) -> list[float]:
        """Return `length` results of ConsumeRegularFloat."""
        return _repeat(length, self.ConsumeRegularFloat)

    def ConsumeProbabilityList(self, length: int, /) -> list[float]:
        """Return `length` results of ConsumeProbability."""
        return _repeat(length, self.ConsumeProbability)

    def ConsumeFloatListInRange(self, length: int, low: float, high: float, /) -> list[float]:
        """Return `length` floats from `low` to `high`."""
        return _repeat(length, lambda: self.ConsumeFloatInRange(low, high))

    def ConsumeBool(self) -> bool:
        """Return the lowest bit of one byte."""
        return self._position < self._end and bool(self._first(1)[0] & 1)

    def PickValueInList(self, values: list[_T], /) -> _T:
        """Return one of some values.

        Raises:
            IndexError: the list is empty.
        """
        if not isinstance(values, list):
            raise TypeError(f"PickValueInList needs a list, not {type(values).__name__}")
        if not values:
            self._last(1)
        end, value = self._end, values[self._number_up_to(len(values) - 1)]
        return self._log_last(("pick", tuple(values)), end, value) if LOG.on else value

    def _float_between(self, low: float, high: float) -> float:
        result = low
        if low < 0 < high and low + sys.float_info.max < high:
            # The difference is too large for a float.
            extent = high / 2 - low / 2
            if self.ConsumeBool():
                result += extent
        else:
            extent = high - low
        return result + extent * self._probability()

    def _probability(self) -> float:
        return int.from_bytes(self._first(8), "little") / _TWO_TO_64

    def _first(self, count: int) -> bytes:
        start = self._position
        self._position = stop = min(start + count, self._end)
        return self._data[start:stop]

    def _last(self, count: int) -> bytes:
        stop = self._end
        self._end = start = max(stop - count, self._position)
        return self._data[start:stop]

    def _number_up_to(self, most: int) -> int:
        if most <= 0:
            return 0
        chunk = self._last((most.bit_length() + 7) // 8)
        return int.from_bytes(chunk, "little") % (most + 1)

    def _text(self, count: int, *, with_surrogates: bool) -> str:
        start, value = self._position, self._text_of(count, with_surrogates=with_surrogates)
        return self._log(("text",), start, value) if LOG.on and count else value

    def _text_of(self, count: int, *, with_surrogates: bool) -> str:
        """Return a text; the first byte decides the width of its characters in the input."""
        if not count or self._position >= self._end:
            return ""
        kind = self._first(1)[0]
        if kind & 1:
            return self._first(count).translate(_ASCII).decode("ascii")
        # The product is one of 64-bit arithmetic.
        if kind & 2:
            points = _units(self._first(count * 2 % _SIZE_LIMIT), 2)
        else:
            units = _units(self._first(count * 4 % _SIZE_LIMIT), 4)
            points = [_code_point(unit) for unit in units]
        if not with_surrogates:
            points = [point - 0xD800 if point in _SURROGATES else point for point in points]
        return "".join(map(chr, points))

    def _log(self, form: tuple[Any, ...], start: int, value: _T) -> _T:
        """Log a value from the start of what was left; return it."""
        _record((form, start, self._position, self._end, self._data), value)
        return value

    def _log_last(self, form: tuple[Any, ...], end: int, value: _T) -> _T:
        """Log a value from the end of what was left; return it."""
        _record((form, self._end, end, end, self._data), value)
        return value


_sites: list[int] = []


def _record(origin: tuple[Any, ...], value: object) -> None:
    if not _sites:
        _sites.append(LOG.add_sites([0]))
    LOG.record(_sites[0], CONSUMED, origin, value)


def _units(data: bytes, width: int) -> Sequence[int]:
    """Return the little-endian numbers of 2 or 4 bytes in some data, without an incomplete one."""
    count = len(data) // width
    return struct.unpack_from(f"<{count}{'H' if width == 2 else 'I'}", data)


def _code_point(unit: int) -> int:
    return unit & (0x10FFFF if unit & 0x100000 else 0x0FFFFF)


def _size(count: int) -> int:
    """Return a number of bytes or characters.

    Raises:
        TypeError: it is no integer that a C size_t holds.
    """
    size = operator.index(count)
    if not 0 <= size < _SIZE_LIMIT:
        raise TypeError(f"a count is from 0 to {ALL_REMAINING}, not {size}")
    return size


def _float(number: Any) -> float:
    if isinstance(number, str | bytes | bytearray):
        raise TypeError(f"a limit is a number, not {type(number).__name__}")
    return float(number)


def _repeat(length: int, consume: Callable[[], _T]) -> list[_T]:
    # Too large a length fails at once, not after the time that the calls take.
    values: list[Any] = [None] * _size(length)
    for index in range(len(values)):
        values[index] = consume()
    return values
