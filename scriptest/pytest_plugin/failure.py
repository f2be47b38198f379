"""Formats a failed script for pytest: its log instead of a traceback.

The only module that uses private classes of pytest: pytest-xdist can send these, so that the
location and the message of a failure are not lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)

from scriptest.base.visible import visible
from scriptest.engine.result import Failure, Result, Status
from scriptest.report.saved import save_failure
from scriptest.report.style import Part, painted
from scriptest.report.text import failure_parts
from scriptest.suite.history import History

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter


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


def shown_parts(result: Result, *, whole: bool) -> list[Part]:
    """Return the parts of the text about a failed script.

    Args:
        result: the result.
        whole: whether to include all lines of long outputs.
    """
    parts = failure_parts(result, whole=whole)
    if any(part.kind == "cut" for part in parts):
        folder = History(os.getcwd()).failures_folder
        where = save_failure(result, folder) or "add -vv"
        parts.append(Part("label", f"all of it: {where}\n"))
    if result.status is Status.FLAKY:
        parts.append(Part("", f"{result.reason}\n"))
    elif result.attempts > 1:
        parts.append(Part("", f"failed {result.attempts} times\n"))
    return parts


class _PaintedEntry(ReprEntryNative):
    """The text of a failure, in color on terminals."""

    def __init__(self, lines: Sequence[str], painted_text: str) -> None:
        super().__init__(lines)
        self._painted = painted_text

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        if tw.hasmarkup:
            tw.write(self._painted)
        else:
            super().toterminal(tw)


def add_colors(shown: ReprExceptionInfo, parts: Iterable[Part]) -> None:
    """Let a failed script be shown in color.

    Args:
        shown: the representation of the failure, as it came from a worker.
        parts: the parts of its text.
    """
    traceback = shown.reprtraceback
    lines = [line for entry in traceback.reprentries for line in entry.lines]
    traceback.reprentries = [_PaintedEntry(lines, painted(parts, colour=True))]


def failure_repr(result: Result, parts: Iterable[Part]) -> ReprExceptionInfo:
    """Return the representation of a failed script, for all values of --tb except no and line."""
    failure = result.failure or Failure(result.name, 0, 0, result.status.label, "")
    message = failure.message
    if result.status is Status.FLAKY:
        message = f"{result.reason}: {message}"
    entry = ReprEntryNative([painted(parts, colour=False)])
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([entry], None, style="native"),
        reprcrash=ReprFileLocation(failure.file, failure.line, message),
    )
