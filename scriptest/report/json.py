"""Renders results as JSON; docs/reports.md describes the versioned format."""

from __future__ import annotations

from collections.abc import Sequence

from scriptest.engine.result import Failure, Phase, Result, Status

VERSION = 1
"""Increased when readers of an older version could misinterpret a newer one."""


def render(results: Sequence[Result], seconds: float) -> str:
    """Return a run as one JSON object.

    Args:
        results: the results of all finished scripts, in any order; they are sorted by name.
        seconds: the duration of the run.
    """
    import json

    counts = {status.label: 0 for status in Status}
    for result in results:
        counts[result.status.label] += 1
    run = {
        "version": VERSION,
        "seconds": round(seconds, 6),
        "failed": any(result.status.is_failure for result in results),
        "counts": {label: count for label, count in counts.items() if count},
        "scripts": [_script(result) for result in sorted(results, key=lambda each: each.name)],
    }
    # ASCII only, so that control characters and invalid UTF-8 are escaped.
    return json.dumps(run, indent=1) + "\n"


def _script(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "file": result.file,
        "status": result.status.label,
        "failed": result.status.is_failure,
        "seconds": round(result.seconds, 6),
        "attempts": result.attempts,
        "reason": result.reason,
        "failures": [_failure(each) for each in (result.failure, *result.more) if each],
        "sections": [_section(phase) for phase in result.phases],
        "updated": list(result.updated),
        "work": result.kept,
    }


def _failure(failure: Failure) -> dict[str, object]:
    return {
        "file": failure.file,
        "line": failure.line,
        "column": failure.column,
        "message": failure.message,
        "detail": failure.detail,
    }


def _section(phase: Phase) -> dict[str, object]:
    return {
        "title": phase.title,
        "line": phase.line,
        "seconds": round(phase.seconds, 6),
        "log": phase.log,
    }
