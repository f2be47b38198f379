"""Formats a failed script for pytest: its log instead of a traceback.

The only module that uses private classes of pytest: pytest-xdist can send these, so that the
location and the message of a failure are not lost.
"""

from __future__ import annotations

from typing import Any

from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)

from scriptest.base.visible import visible
from scriptest.engine.result import Failure, Result, Status
from scriptest.report.text import failure_text


class ScriptFailed(Exception):
    """A script failed; pytest shows its log instead of a traceback."""

    def __init__(self, result: Result) -> None:
        """Store the result for the report."""
        super().__init__(result)
        self.result = result


def visible_result(result: Result) -> Result:
    """Return a result whose texts have their invisible characters escaped.

    Among these are lone surrogates, which workers of pytest-xdist cannot send.
    """
    return Result(*(_visible(part) for part in result))


def _visible(part: Any) -> Any:
    if isinstance(part, str):
        return visible(part)
    if isinstance(part, tuple):
        parts = [_visible(inner) for inner in part]
        return type(part)(*parts) if hasattr(part, "_fields") else tuple(parts)
    return part


def failure_repr(result: Result) -> ReprExceptionInfo:
    """Return the representation of a failed script, for all values of --tb except no and line."""
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
