"""Minimizes byte strings: shorter and more readable, in Go's order of attempts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST_CUT = 1024
_READABLE_BYTES = b"012789ABCXYZabcxyz !\"#$%&'()*+,."


class OutOfBudget(Exception):
    """The budget of a minimization is spent."""


class _BytesSearch:
    """The smallest value so far."""

    __slots__ = ("_should_stop", "_try", "value")

    def __init__(
        self, value: bytes, try_: Callable[[bytes], bool], should_stop: Callable[[], bool]
    ) -> None:
        self.value = value
        self._try = try_
        self._should_stop = should_stop

    def checkpoint(self) -> None:
        """Raise OutOfBudget when the budget is spent."""
        if self._should_stop():
            raise OutOfBudget

    def accept(self, candidate: bytes) -> bool:
        """Try a candidate; return whether it was accepted."""
        if self._try(candidate):
            self.value = candidate
            return True
        return False


def minimize_bytes(
    value: bytes, try_: Callable[[bytes], bool], should_stop: Callable[[], bool]
) -> bytes:
    """Return the smallest and most readable value that was accepted (Go: minimizeBytes).

    The empty value is tried only as the result of removing a range, as in Go.

    Args:
        value: the value to start from, known to be acceptable.
        try_: returns whether a candidate is accepted.
        should_stop: returns whether the budget is spent; called before every attempt, except once
            for all replacements of a byte.
    """
    search = _BytesSearch(value, try_, should_stop)
    try:
        _cut_tail(search)
        _remove_bytes(search)
        _remove_ranges(search)
        _replace_bytes(search)
    except OutOfBudget:
        pass
    return search.value


def _cut_tail(search: _BytesSearch) -> None:
    count = _LARGEST_CUT
    while count:
        while len(search.value) > count:
            search.checkpoint()
            if not search.accept(search.value[:-count]):
                break
        count //= 2


def _remove_bytes(search: _BytesSearch) -> None:
    """Remove each byte but the last, which `_cut_tail` tried to remove."""
    index = 0
    while index < len(search.value) - 1:
        search.checkpoint()
        value = search.value
        if not search.accept(value[:index] + value[index + 1 :]):
            index += 1


def _remove_ranges(search: _BytesSearch) -> None:
    """Remove every range of at least two bytes, the longest first."""
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


def _replace_bytes(search: _BytesSearch) -> None:
    """Replace each byte by the first readable one that is accepted."""
    for index in range(len(search.value)):
        search.checkpoint()
        value = search.value
        for readable in _READABLE_BYTES:
            if search.accept(value[:index] + bytes((readable,)) + value[index + 1 :]):
                break
