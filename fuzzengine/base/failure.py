"""Failures of executions as data: kind, frames, report."""

from __future__ import annotations

from fuzzengine.base.frames import innermost_position, user_positions
from fuzzengine.base.outcomes import FailNow, Goexit, Misuse, Panic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.base.frames import Position

FAILED = "failed"
"""The kind of a failure that is neither an exception nor the end of a worker."""

FRAMES = 3
"""The number of frames that distinguish failures."""


class Failure:
    """A failed execution, or the end of the worker that ran it.

    Attributes:
        text: the report to print.
        kind: the qualified name of the exception's type, how the worker ended (`exit status 3`,
            `timeout`), or `failed`.
        frames: up to three frames of the code under test, as file and line, innermost first. Of a
            RecursionError the outermost: how deep the innermost is depends on the input.
        causes: the kinds of the exceptions that led to this one; not sent to the coordinator.
    """

    __slots__ = ("causes", "frames", "kind", "text")

    def __init__(self, text: str = "", kind: str = FAILED, frames: Sequence[Position] = ()) -> None:
        self.text = text
        self.kind = kind
        self.frames = tuple(frames)
        self.causes: list[str] = []

    def resembles(self, other: Failure) -> bool:
        """Return whether both have the same kind and frames, so most likely the same cause."""
        return (self.kind, self.frames) == (other.kind, other.frames)

    def from_recursion(self) -> bool:
        """Return whether the exception is a RecursionError or has one in its chain."""
        return RecursionError.__name__ in (self.kind, *self.causes)


def failure_of(error: BaseException) -> Failure:
    """Return the failure for an exception, without its text."""
    if isinstance(error, FailNow):
        return Failure()
    where = innermost_position(error.__traceback__)
    said_nothing = isinstance(error, Panic) and error.value is None
    if isinstance(error, Misuse | Goexit) or said_nothing:
        return Failure(frames=(where,))
    frames = user_positions(error.__traceback__) or [where]
    if not isinstance(error, RecursionError):
        frames.reverse()
    failure = Failure("", "panic" if isinstance(error, Panic) else kind_of(error), frames[:FRAMES])
    failure.causes = _causes(error)
    return failure


def kind_of(error: BaseException) -> str:
    """Return the name of an exception's type, with its module unless that is builtins."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException) -> list[str]:
    seen: list[BaseException] = [error]
    while True:
        cause = seen[-1].__cause__ or seen[-1].__context__
        if cause is None or cause in seen:
            return [kind_of(each) for each in seen[1:]]
        seen.append(cause)
