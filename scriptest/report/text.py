"""Formats failures as text, for all reports."""

from __future__ import annotations

from collections.abc import Iterator

from scriptest.base.duration import format_seconds
from scriptest.engine.result import Failure, Phase, Result
from scriptest.report.parts import detail_parts, log_parts
from scriptest.report.style import Part, painted


def failure_parts(result: Result, *, verbose: bool = False, whole: bool = True) -> list[Part]:
    """Return the parts of a failure's text, the decisive line first.

    These are the place, message and detail of each failure, then the log of the failing section.

    Args:
        result: the result of a failed script.
        verbose: whether to include the sections before the failing one.
        whole: whether to include all lines of long outputs, and those of which the detail shows
            the important lines.
    """
    failure = result.failure
    if failure is None:
        return []
    parts: list[Part] = []
    for failed in (failure, *result.more):
        parts += [Part("place", f"{failed.place}: "), Part("message", f"{failed.message}\n")]
        parts += detail_parts(failed.detail, whole=whole)
    if parts[-1].kind != "message" and any(phase.entries for phase in result.phases):
        parts.append(Part("", "\n"))
    phases = result.phases if verbose else failing_phases(result)
    for phase in phases:
        # With several failures, an output that one of them shows may be an earlier one.
        hide = not whole and not result.more and phase is phases[-1]
        hidden = _shown_outputs(phase, failure) if hide else ()
        parts += phase_parts(phase, whole=whole, hidden=hidden)
    return parts


def _shown_outputs(phase: Phase, failure: Failure) -> tuple[int, ...]:
    """Return the indices of the last outputs that the detail of a failure shows."""
    last = {entry.output: index for index, entry in enumerate(phase.entries) if entry.output}
    return tuple(last[name] for name in failure.shown if name in last)


def failure_text(result: Result) -> str:
    """Return the whole text of a failed script: failures, and the log of all its sections."""
    return painted(failure_parts(result, verbose=True), colour=False).rstrip("\n")


def headline(result: Result) -> list[Part]:
    """Return a failure as one line: the place, the message and the script."""
    failure = result.failure
    if failure is None:
        return [Part("", result.name + (f": {result.reason}" if result.reason else ""))]
    text = failure.message.partition("\n")[0]
    if result.reason:
        text += f"; {result.reason}"
    if result.name != failure.file:
        text += f" ({result.name})"
    return [Part("place", f"{failure.place}: "), Part("", text)]


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


def phase_parts(
    phase: Phase, *, whole: bool = True, hidden: tuple[int, ...] = ()
) -> Iterator[Part]:
    """Yield a section's title, time and log; see `log_parts`."""
    if phase.title:
        yield section_title(phase.title, phase.seconds)
    yield from log_parts(phase.entries, whole=whole, hidden=hidden)


def section_title(title: str, seconds: float | None = None) -> Part:
    """Return the line that begins a section."""
    took = "" if seconds is None else f" ({format_seconds(seconds)})"
    return Part("section", f"# {title}{took}\n")


def log_text(result: Result) -> str:
    """Return the whole log of a script."""
    parts = [part for phase in result.phases for part in phase_parts(phase)]
    return painted(parts, colour=False).rstrip("\n")
