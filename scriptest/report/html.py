"""Renders results as a self-contained HTML page."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scriptest.base.duration import format_seconds
from scriptest.base.html import asset, style, templates
from scriptest.base.regular_files import read_file
from scriptest.base.visible import visible
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report.html_text import page_parts
from scriptest.report.parts import detail_parts, log_parts
from scriptest.report.style import Part
from scriptest.report.text import failing_phases

if TYPE_CHECKING:
    from typing import Any

_LOG, _DETAIL = 12_000, 60_000
"""Most characters of the log of a section that has not failed, and of a detail."""

_LOGS_OF_FAILURES, _LOG_OF_FAILURE = 8_000_000, 60_000
"""Most characters of the logs of all failing scripts, and of one if there are many."""

_FRAME = 2
"""Lines of the script shown before and after the line that failed."""

_LONGEST_LINE = 300

_TONES = {
    Status.PASSED: ("good", "✓"),
    Status.FAILED: ("bad", "✕"),
    Status.BROKEN: ("bad", "!"),
    Status.XPASS: ("bad", "✓"),
    Status.FLAKY: ("bad", "≈"),
    Status.FLAKY_ALLOWED: ("warn", "≈"),
    Status.INTERRUPTED: ("odd", "■"),
    Status.XFAIL: ("warn", "✕"),
    Status.SKIPPED: ("warn", "→"),
}


def render(results: Sequence[Result], seconds: float) -> str:
    """Return a run as an HTML page that loads no other file.

    Args:
        results: the results of all finished scripts, in any order.
        seconds: the duration of the run.
    """
    folder = os.path.join(os.path.dirname(__file__), "templates")
    script = asset(folder, "run.js")
    return (
        templates(folder)
        .get_template("run.html")
        .render(
            run=_run(results, seconds),
            style=style(folder, "run.css"),
            script=script,
            script_hash=_hash(script),
        )
    )


def _hash(script: str) -> str:
    """Return the hash of a JavaScript for the content security policy."""
    import base64
    import hashlib

    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _run(results: Sequence[Result], seconds: float) -> dict[str, object]:
    ordered = sorted(results, key=lambda each: each.name)
    slowest = max((each.seconds for each in ordered), default=0.0)
    sources = _Sources()
    failed = sum(each.status.is_failure for each in ordered)
    limit = max(_LOG_OF_FAILURE, _LOGS_OF_FAILURES // max(failed, 1))
    scripts = [
        _script(each, number, slowest, sources, limit) for number, each in enumerate(ordered, 1)
    ]
    scripts.sort(key=lambda script: (script["rank"], script["number"]))
    counts = {
        status: sum(each.status is status for each in ordered)
        for status in sorted(Status, key=_rank)
    }
    facts = [f"{len(ordered)} scripts", f"took {format_seconds(seconds)}"]
    if len(ordered) > 1:
        facts.append(f"slowest {format_seconds(slowest)}")
    return {
        "verdict": _verdict(ordered),
        "facts": facts,
        "statuses": [
            {"label": status.label, "count": count, "tone": _TONES[status][0]}
            for status, count in counts.items()
            if count
        ],
        "scripts": scripts,
    }


def _verdict(results: Sequence[Result]) -> str:
    failed = sum(each.status.is_failure for each in results)
    total = len(results)
    if not total:
        return "No script ran"
    if not failed:
        passed = sum(each.status is Status.PASSED for each in results)
        return (
            f"All {total} scripts passed" if passed == total > 1 else f"{passed} passed, 0 failed"
        )
    return f"{failed} of {total} scripts failed" if total > 1 else "The script failed"


def _rank(status: Status) -> int:
    """Return the sort key of an outcome: failures first, passed scripts last."""
    if status.is_failure:
        return 0
    return 2 if status is Status.PASSED else 1


def _script(
    result: Result, number: int, slowest: float, sources: _Sources, limit: int
) -> dict[str, Any]:
    tone, mark = _TONES[result.status]
    folder, slash, base = result.name.rpartition("/")
    failures = [each for each in (result.failure, *result.more) if each is not None]
    reason = visible(result.reason)
    gist = visible(failures[0].message) if failures and result.status.is_failure else reason
    return {
        "number": number,
        "status": result.status.label,
        "rank": _rank(result.status),
        "tone": tone,
        "mark": mark,
        "folder": visible(folder + slash),
        "base": visible(base),
        "gist": gist[:_LONGEST_LINE],
        "reason": reason,
        "seconds": f"{result.seconds:.6f}",
        "duration": format_seconds(result.seconds),
        "part": _percent(result.seconds, slowest),
        "attempts": result.attempts,
        "updated": visible(", ".join(result.updated)),
        "again": visible(shlex.join(("scriptest", "run", result.name))) if failures else "",
        "failures": [_failure(each, sources) for each in failures],
        "sections": _sections(result, limit),
    }


def _failure(failure: Failure, sources: _Sources) -> dict[str, object]:
    return {
        "message": visible(failure.message),
        "place": visible(failure.place),
        "frame": sources.frame(failure),
        "detail": page_parts(detail_parts(failure.detail), _DETAIL),
    }


def _sections(result: Result, limit: int) -> list[dict[str, object]]:
    failing = failing_phases(result) if result.failure is not None else []
    whole = max(result.seconds, sum(phase.seconds for phase in result.phases))
    sections = []
    start = 0.0
    for phase in result.phases:
        if phase.title or phase.entries:
            is_failing = phase in failing
            log = page_parts(log_parts(phase.entries), limit if is_failing else _LOG)
            sections.append(_section(phase, start, whole, log, failing=is_failing))
        start += phase.seconds
    return sections


def _section(
    phase: Phase, start: float, whole: float, log: list[Part], *, failing: bool
) -> dict[str, object]:
    return {
        "title": visible(phase.title) or "before the first section",
        "start": _percent(start, whole),
        "part": _percent(phase.seconds, whole),
        "duration": format_seconds(phase.seconds),
        "failing": failing,
        "log": log,
    }


def _percent(part: float, whole: float) -> str:
    return f"{min(100 * part / whole, 100):.2f}" if whole > 0 else "0"


class _Sources:
    """Reads script files for the lines around failures."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def frame(self, failure: Failure) -> list[dict[str, object]]:
        """Return the line of a failure and its neighbours; empty if the file cannot be read."""
        lines = self._of(failure.file)
        if not 0 < failure.line <= len(lines):
            return []
        first = max(failure.line - _FRAME, 1)
        last = min(failure.line + _FRAME, len(lines))
        return [
            {
                "number": number,
                "text": visible(lines[number - 1])[:_LONGEST_LINE] + "\n",
                "here": number == failure.line,
            }
            for number in range(first, last + 1)
        ]

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                text = read_file(path).decode("utf-8", "surrogateescape")
            except (OSError, ValueError):
                text = ""
            self._lines[path] = text.split("\n")
        return self._lines[path]
