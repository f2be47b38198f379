"""Making the bytes smaller that a Hypothesis strategy draws from: fewer of them, and closer to 0.

That is what Hypothesis takes for simple; letters, which are plain in other bytes, are not.
"""

from __future__ import annotations

from fuzzengine.types.kinds import Kind

BUFFER = Kind("[]uint8", bytes)
"""The kind of such bytes."""

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable


def minimize_buffer(data: bytes, try_: Callable[[bytes], bool]) -> bytes:
    """Return the shortest and smallest bytes found for which try_ was true.

    Args:
        data: where to start; it is known to do.
        try_: tells whether a candidate does.
    """
    data = _shortened(data, try_)
    for index in range(len(data)):
        data = _lowered(data, index, try_)
    return data


def _shortened(data: bytes, try_: Callable[[bytes], bool]) -> bytes:
    """Drop what can go: halves, quarters and so on, those at the end first."""
    size = len(data)
    while size:
        end = len(data)
        while end > 0:
            start = max(end - size, 0)
            candidate = data[:start] + data[end:]
            if try_(candidate):
                data = candidate
            end = start
        size //= 2
    return data


def _lowered(data: bytes, index: int, try_: Callable[[bytes], bool]) -> bytes:
    """Find the smallest value of one byte, if all up to it do from one on."""

    def accepts(value: int) -> bool:
        return try_(data[:index] + bytes((value,)) + data[index + 1 :])

    bad, good = 0, data[index]
    if good == 0 or accepts(0):
        return data[:index] + b"\0" + data[index + 1 :]
    while good - bad > 1:
        middle = (bad + good) // 2
        if accepts(middle):
            good = middle
        else:
            bad = middle
    return data[:index] + bytes((good,)) + data[index + 1 :]
