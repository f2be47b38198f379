"""Failures of executions as data: kind, frames, report."""

from __future__ import annotations

from fuzzengine.base.bounded import shorten
from fuzzengine.base.frames import innermost_position, user_positions
from fuzzengine.base.outcomes import FailNow, Goexit, Misuse, Panic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard, TypeVar

    from fuzzengine.base.frames import Position

    Exact = TypeVar("Exact", bound=BaseException)

FAILED = "failed"
"""The kind of a failure that is neither an exception nor the end of a worker."""

_MOST_CAUSES = 100
_KIND_LIMIT = 200

FRAMES = 3
"""The number of frames that distinguish failures."""


class Failure:
    """A failed execution, or the end of the worker that ran it.

    Attributes:
        text: the report to print.
        message: the part of the report that says what failed, without title, stack and output, or
            "".
        kind: the qualified name of the exception's type, how the worker ended (`exit status 3`,
            `timeout`), or `failed`.
        frames: up to three frames of the code under test, as file and line, innermost first. Of a
            RecursionError, and of an exception whose type has an attribute `outermost_frames`, the
            outermost: how deep the innermost is depends on the input.
        causes: the kinds of the exceptions that led to this one; not sent to the coordinator.
        ended_worker: the worker ended, or was ended, while it ran the input.
    """

    __slots__ = ("causes", "ended_worker", "frames", "kind", "message", "text")

    def __init__(self, text: str = "", kind: str = FAILED, frames: Sequence[Position] = ()) -> None:
        self.text = text
        self.kind = kind
        self.frames = tuple(frames)
        self.message = ""
        self.causes: list[str] = []
        self.ended_worker = False

    def resembles(self, other: Failure) -> bool:
        """Return whether both have the same kind and frames, so most likely the same cause."""
        return (self.kind, self.frames) == (other.kind, other.frames)

    def from_recursion(self) -> bool:
        """Return whether the exception is a RecursionError or has one in its chain."""
        return RecursionError.__name__ in (self.kind, *self.causes)


def failure_of(error: BaseException) -> Failure:
    """Return the failure for an exception, without its text."""
    try:
        return _failure_of(error)
    except BaseException:
        # An attribute of the exception is a property of the code under test, which raises.
        return Failure("", kind_of(error))


def _failure_of(error: BaseException) -> Failure:
    if is_instance(error, FailNow):
        return Failure()
    where = innermost_position(error.__traceback__)
    if is_instance(error, Misuse) or is_goexit(error):
        return Failure(frames=(where,))
    frames = user_positions(error.__traceback__) or [where]
    if not (is_instance(error, RecursionError) or hasattr(type(error), "outermost_frames")):
        frames.reverse()
    kind = "panic" if is_instance(error, Panic) else kind_of(error)
    failure = Failure("", kind, frames[:FRAMES])
    failure.causes = _causes(error)
    return failure


def is_instance(error: BaseException, kind: type[Exact]) -> TypeGuard[Exact]:
    """Return whether an exception has a type; isinstance would believe its `__class__`."""
    return issubclass(type(error), kind)


def is_goexit(error: BaseException) -> bool:
    """Return whether an exception is that of `goexit` or `panic(None)`."""
    return is_instance(error, Goexit) or (is_instance(error, Panic) and error.value is None)


def kind_of(value: object) -> str:
    """Return the name of a value's type, with its module unless that is builtins."""
    kind = type(value)
    try:
        if kind.__module__ in ("builtins", "__main__"):
            return kind.__qualname__
        return shorten(f"{kind.__module__}.{kind.__qualname__}", _KIND_LIMIT)
    except BaseException:
        # The type has a metaclass, which raises.
        return "value" if not issubclass(kind, BaseException) else "exception"


def _causes(error: BaseException) -> list[str]:
    seen: list[BaseException] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(seen) < _MOST_CAUSES:
        if any(cause is one for one in seen):
            break
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return [kind_of(each) for each in seen]
