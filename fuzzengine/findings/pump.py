"""Pumps inputs: repeats one part of them, in search of super-linear cost.

Only pumped inputs, and those that are given or minimized, are worth the time that measuring takes.
"""

from __future__ import annotations

import itertools

from fuzzengine.findings.superlinear import SEARCHED_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from fuzzengine.findings.superlinear import ComplexityDetector

_REPEATS = 64
# In bytes or characters.
_LONGER, _LONGEST_ONES = 1024, (2048, 4096, 8192)
_PIECES = 6
_WHOLE = 16
_LONGEST = 256
# A suffix that few regular expressions match, so that the search backtracks.
_SUFFIX = "!\n!"


class Pump:
    """The pumped inputs still to be executed, and the detector that measures only them."""

    def __init__(self, detector: ComplexityDetector) -> None:
        self.detector = detector
        detector.min_seconds = SEARCHED_TIME
        self._left: Iterator[list[object]] = iter(())

    def add(self, values: Sequence[object]) -> None:
        """Queue the inputs pumped from one input."""
        self._left = itertools.chain(self._left, pumped(values))

    def next(self) -> list[object] | None:
        """Return the next input to execute, or None."""
        return next(self._left, None)


def pumped(values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs made from one: in each, a part of one argument is repeated."""
    for index, value in enumerate(values):
        if not isinstance(value, bytes | str) or len(value) > _LONGEST:
            continue
        spans = _spans(len(value))
        suffix = _SUFFIX if isinstance(value, str) else _SUFFIX.encode()
        for start, end in spans:
            longer = _repeated(value, start, end, _REPEATS)
            yield _with(values, index, longer)
            yield _with(values, index, longer + suffix)
        sizes = [(span, _LONGER) for span in spans]
        sizes += [(span, size) for span in spans[:1] for size in _LONGEST_ONES]
        for (start, end), size in sizes:
            yield _with(values, index, _repeated(value, start, end, size // (end - start)))


def _spans(size: int) -> list[tuple[int, int]]:
    """Return the parts worth repeating: all of a short value, and some of length one or two."""
    found = [(0, size)] if 0 < size <= _WHOLE else []
    step = max(1, -(-size // _PIECES))
    found += [(start, start + 1) for start in range(0, size, step)]
    found += [(start, start + 2) for start in range(0, size - 1, 2 * step)]
    return list(dict.fromkeys(found))


def _repeated(value: Any, start: int, end: int, repeats: int) -> Any:
    return value[:start] + value[start:end] * repeats + value[end:]


def _with(values: Sequence[object], index: int, value: object) -> list[object]:
    return [*values[:index], value, *values[index + 1 :]]
