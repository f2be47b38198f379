"""The words of a failure, the same in every report."""

from __future__ import annotations

from scriptest.duration import format_seconds
from scriptest.result import Phase, Result


def failure_text(result: Result, *, verbose: bool = False) -> str:
    """Return the failing section's log, then the place, the message and its detail.

    Args:
        result: of a script that failed.
        verbose: whether the sections before it are shown too.
    """
    failure = result.failure
    if failure is None:
        return ""
    shown = result.phases if verbose else result.phases[-1:]
    parts = [phase_text(phase) for phase in shown]
    parts.append(f"{failure.place}: {failure.message}")
    parts.append(failure.detail.rstrip("\n"))
    return "\n".join(part for part in parts if part)


def phase_text(phase: Phase) -> str:
    """Return a section's title, time and log."""
    title = f"# {phase.title} ({format_seconds(phase.seconds)})" if phase.title else ""
    return "\n".join(part for part in (title, phase.log) if part)
