"""Executes the function of a harness in a worker, and makes the report of its failure."""

from __future__ import annotations

import os

from fuzzengine.base.describe import describe_exception
from fuzzengine.base.failure import failure_of, is_instance
from fuzzengine.base.frames import release_locals
from fuzzengine.worker.executor import Execution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.base.failure import Failure
    from fuzzengine.testing.target import Target

# The code under test may replace the builtins.
_any = BaseException


class HarnessExecution(Execution):
    """Calls the function of a harness with the bytes of an input."""

    __slots__ = ("_max_len",)

    def __init__(self, *arguments: Any, max_len: int) -> None:
        """Prepare the function; `max_len` is the length to which inputs are cut, or 0."""
        super().__init__(*arguments)
        self._max_len = max_len or None

    def run(self, values: Sequence[Any]) -> Failure | None:
        """Call the function; return the failure for an exception, or None."""
        self._before()
        failure = None
        try:
            self._function(values[0][: self._max_len])
        except _any as error:
            self._restore()
            self._note_failure("")
            failure = _failure(error)
        if self._forked:
            os._exit(1 if failure else 0)
        return failure


def target_of(function: Callable[[bytes], object]) -> Target:
    """Return the function of a harness as a fuzz target."""
    from fuzzengine.testing.target import Target
    from fuzzengine.types.kinds import BYTES

    return Target(function, [BYTES], (), ["data"], function)


def _failure(error: BaseException) -> Failure:
    if is_instance(error, MemoryError):
        release_locals(error)
    failure = failure_of(error)
    _, title, stack = describe_exception(error)
    failure.message = title
    heading = "" if stack.startswith("Traceback") else "Traceback (most recent call last):\n"
    failure.text = f"{title}\n{heading}{stack}\n{title}\n"
    return failure
