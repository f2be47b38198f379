"""Formats failures as text, for all reports."""

from __future__ import annotations

from scriptest.base.duration import format_seconds
from scriptest.engine.result import Phase, Result, Status


def failure_text(result: Result, *, verbose: bool = False) -> str:
    """Return the log of the failing section, and the place, message and detail of each failure.

    Args:
        result: the result of a failed script.
        verbose: whether to include the sections before it.
    """
    failure = result.failure
    if failure is None:
        return ""
    shown = result.phases if verbose else failing_phases(result)
    parts = [phase_text(phase) for phase in shown]
    for failed in (failure, *result.more):
        parts.append(f"{failed.place}: {failed.message}")
        parts.append(failed.detail.rstrip("\n"))
    return "\n".join(part for part in parts if part)


def label(status: Status) -> str:
    """Return the first word of a line about a script."""
    short = {Status.PASSED: "ok", Status.FAILED: "FAIL", Status.SKIPPED: "skip"}
    return short.get(status, status.label.upper())


def headline(result: Result) -> str:
    """Return a failure as one line: the place, the message and the script."""
    failure = result.failure
    if failure is None:
        return result.name + (f": {result.reason}" if result.reason else "")
    text = f"{failure.place}: {failure.message.partition(chr(10))[0]}"
    if result.reason:
        text += f"; {result.reason}"
    return text if result.name == failure.file else f"{text} ({result.name})"


def failing_phases(result: Result) -> list[Phase]:
    """Return the sections that failed, usually only the last one."""
    if not result.more or len(result.phases) < 2:
        return list(result.phases[-1:])
    lines = [failure.line for failure in (result.failure, *result.more) if failure is not None]
    ends = [phase.line for phase in result.phases[1:]] + [max(lines) + 1]
    return [
        phase
        for phase, end in zip(result.phases, ends, strict=True)
        if any(phase.line <= line < end for line in lines)
    ]


def phase_text(phase: Phase) -> str:
    """Return a section's title, time and log."""
    title = f"# {phase.title} ({format_seconds(phase.seconds)})" if phase.title else ""
    return "\n".join(part for part in (title, phase.log) if part)
