"""Inputs with one part repeated very often, for the search for super-linear costs.

Only these, and inputs that are given or made smaller, are worth the time to look at their costs.
"""

from __future__ import annotations

import itertools

from fuzzengine.findings.superlinear import SEARCHED_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from fuzzengine.findings.superlinear import Judge

_REPEATS = 64
_LONGER, _LONGEST_ONES = 1024, (2048, 4096, 8192)  # bytes or characters
_PIECES = 6
_WHOLE = 16
_LONGEST = 256
# What few expressions go on with: so the search goes back to try all other ways.
_SPOILER = "!\n!"


class Growth:
    """The inputs still to be tried, and the judge that is awake for them only."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        judge.least_time = SEARCHED_TIME
        self._left: Iterator[list[object]] = iter(())

    def add(self, values: Sequence[object]) -> None:
        """Take an input to repeat parts of."""
        self._left = itertools.chain(self._left, grown(values))

    def next(self) -> list[object] | None:
        """Return the next input to execute, None if there is none."""
        return next(self._left, None)


def grown(values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs made of one: each time one piece of one argument is repeated."""
    for index, value in enumerate(values):
        if not isinstance(value, bytes | str) or len(value) > _LONGEST:
            continue
        spans = _spans(len(value))
        spoiler = _SPOILER if isinstance(value, str) else _SPOILER.encode()
        for start, end in spans:
            longer = _repeated(value, start, end, _REPEATS)
            yield _with(values, index, longer)
            yield _with(values, index, longer + spoiler)
        sizes = [(span, _LONGER) for span in spans]
        sizes += [(span, size) for span in spans[:1] for size in _LONGEST_ONES]
        for (start, end), size in sizes:
            yield _with(values, index, _repeated(value, start, end, size // (end - start)))


def _spans(size: int) -> list[tuple[int, int]]:
    """Return the pieces worth repeating: all of it, if it is short, and some of one or two."""
    found = [(0, size)] if 0 < size <= _WHOLE else []
    step = max(1, -(-size // _PIECES))
    found += [(start, start + 1) for start in range(0, size, step)]
    found += [(start, start + 2) for start in range(0, size - 1, 2 * step)]
    return list(dict.fromkeys(found))


def _repeated(value: Any, start: int, end: int, repeats: int) -> Any:
    return value[:start] + value[start:end] * repeats + value[end:]


def _with(values: Sequence[object], index: int, value: object) -> list[object]:
    return [*values[:index], value, *values[index + 1 :]]
