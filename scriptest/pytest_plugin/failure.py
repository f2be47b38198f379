"""A script's failure as pytest shows it: the script's own log, and no traceback.

The one place with classes that pytest does not export. They are those of every report that
pytest-xdist can send, so that the place and the message arrive too.
"""

from __future__ import annotations

from typing import Any

from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)

from scriptest.engine.result import Failure, Result, Status
from scriptest.report.text import failure_text


class ScriptFailed(Exception):
    """A script failed; what pytest shows of it is the script's own log."""

    def __init__(self, result: Result) -> None:
        """Carry the result to the report."""
        super().__init__(result)
        self.result = result


def sendable(result: Result) -> Result:
    """Return a result whose texts are UTF-8: bytes that are no text are spelled out.

    Workers of pytest-xdist send nothing else, and its reports hold nothing else.
    """
    return Result(*(_spelled(part) for part in result))


def _spelled(part: Any) -> Any:
    if isinstance(part, str):
        return part.encode("utf-8", "backslashreplace").decode()
    if isinstance(part, tuple):
        parts = [_spelled(inner) for inner in part]
        return type(part)(*parts) if hasattr(part, "_fields") else tuple(parts)
    return part


def shown(result: Result) -> ReprExceptionInfo:
    """Return the text of a failed script for pytest, for every --tb but `no` and `line`."""
    failure = result.failure or Failure(result.name, 0, 0, result.status.label, "")
    message, text = failure.message, failure_text(result)
    if result.status is Status.FLAKY:
        message = f"{result.reason}: {message}"
        text = f"{text}\n{result.reason}"
    elif result.attempts > 1:
        text = f"{text}\nfailed {result.attempts} times"
    entry = ReprEntryNative([text.rstrip("\n") + "\n"])
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([entry], None, style="native"),
        reprcrash=ReprFileLocation(failure.file, failure.line, message),
    )
