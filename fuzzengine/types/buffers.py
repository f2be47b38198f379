"""Minimizes the bytes that a Hypothesis strategy draws from.

Hypothesis takes fewer bytes, and bytes closer to 0, for simpler.
"""

from __future__ import annotations

from fuzzengine.types.kinds import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BUFFER = Kind("[]uint8", bytes)
"""The kind of the bytes that a Hypothesis strategy draws from."""


def minimize_buffer(data: bytes, try_: Callable[[bytes], bool]) -> bytes:
    """Return the shortest and smallest bytes found for which `try_` returned True.

    Args:
        data: the bytes to start from, for which `try_` is known to be true.
        try_: called with each candidate.
    """
    data = _shortened(data, try_)
    for index in range(len(data)):
        data = _lowered(data, index, try_)
    return data


def _shortened(data: bytes, try_: Callable[[bytes], bool]) -> bytes:
    """Remove halves, quarters and so on, those at the end first."""
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
    """Lower one byte by bisection, as if all values above an accepted one were accepted."""

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
