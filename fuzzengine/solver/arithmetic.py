"""Hints for computed numbers: products, squares, and months written as names."""

from __future__ import annotations

from math import isqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DIVISORS = 16
"""The most factorizations of a number that are tried."""
_LARGEST = 1 << 40
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
           b"Dec")  # fmt: skip


def products(seen: int, wanted: int, values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs for a number that is the product of two arguments, or the square of one."""
    places = [index for index, value in enumerate(values) if type(value) is int]
    for number, one in enumerate(places):
        value = values[one]
        assert isinstance(value, int)
        if value * value == seen and wanted >= 0:
            yield _with(values, {one: isqrt(wanted)})
        for other in places[number + 1 :]:
            factor = values[other]
            assert isinstance(factor, int)
            if value * factor == seen and 0 < wanted < _LARGEST:
                for divisor in _divisors(wanted):
                    yield _with(values, {one: divisor, other: wanted // divisor})
                    yield _with(values, {one: wanted // divisor, other: divisor})


def months(seen: int, wanted: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the English abbreviations of two months, given as numbers from 1 to 12."""
    if 1 <= seen <= 12 and 1 <= wanted <= 12:
        yield _MONTHS[seen - 1], _MONTHS[wanted - 1]


def _divisors(number: int) -> list[int]:
    """Return some divisors up to the square root, the largest first."""
    most = min(isqrt(number), 1 << 12)
    return [one for one in range(most, 1, -1) if number % one == 0][:DIVISORS]


def _with(values: Sequence[object], changed: dict[int, int]) -> list[object]:
    return [changed.get(index, value) for index, value in enumerate(values)]
