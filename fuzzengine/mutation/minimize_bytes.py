"""Making a byte string smaller and plainer while something stays true of it.

The order of the attempts is Go's, so that a budget is spent on the same ones (Go: minimizeBytes).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST_CUT = 1024
_PLAIN_BYTES = b"012789ABCXYZabcxyz !\"#$%&'()*+,."


class _StoppedError(Exception):
    """The budget is spent."""


class _Search:
    """The smallest value so far, and how to try another."""

    __slots__ = ("_should_stop", "_try", "value")

    def __init__(
        self, value: bytes, try_: Callable[[bytes], bool], should_stop: Callable[[], bool]
    ) -> None:
        self.value = value
        self._try = try_
        self._should_stop = should_stop

    def checkpoint(self) -> None:
        """Leave when the budget is spent."""
        if self._should_stop():
            raise _StoppedError

    def accept(self, candidate: bytes) -> bool:
        """Try a candidate, and keep it if it will do."""
        if self._try(candidate):
            self.value = candidate
            return True
        return False


def minimize_bytes(
    value: bytes, try_: Callable[[bytes], bool], should_stop: Callable[[], bool]
) -> bytes:
    """Return the smallest and plainest value found for which try_ was true.

    An empty value is tried only as what is left without a range, so that it is a rare result.

    Args:
        value: where to start; it is known to do.
        try_: tells whether a candidate does.
        should_stop: asked before every attempt but the replacements of one byte by another.
    """
    search = _Search(value, try_, should_stop)
    try:
        _cut_tail(search)
        _drop_bytes(search)
        _drop_ranges(search)
        _plain_bytes(search)
    except _StoppedError:
        pass
    return search.value


def _cut_tail(search: _Search) -> None:
    count = _LARGEST_CUT
    while count:
        while len(search.value) > count:
            search.checkpoint()
            if not search.accept(search.value[:-count]):
                break
        count //= 2


def _drop_bytes(search: _Search) -> None:
    """Drop each byte but the last: a value that needs no last byte lost it before."""
    index = 0
    while index < len(search.value) - 1:
        search.checkpoint()
        value = search.value
        if not search.accept(value[:index] + value[index + 1 :]):
            index += 1


def _drop_ranges(search: _Search) -> None:
    """Drop every range of at least two bytes, the longest first."""
    index = 0
    while index < len(search.value) - 1:
        end = len(search.value)
        while end > index + 1:
            search.checkpoint()
            value = search.value
            accepted = search.accept(value[:index] + value[end:])
            # After a success Go's loop starts over one short of the new end.
            end = (len(search.value) if accepted else end) - 1
        index += 1


def _plain_bytes(search: _Search) -> None:
    """Replace each byte by the first plain one that will do."""
    for index in range(len(search.value)):
        search.checkpoint()
        value = search.value
        for plain in _PLAIN_BYTES:
            if search.accept(value[:index] + bytes((plain,)) + value[index + 1 :]):
                break
