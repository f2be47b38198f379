"""Renders results as JSON, and reads them; docs/reports.md describes the versioned format."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scriptest.base.errors import Location, reason_of
from scriptest.base.regular_files import read_file
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.sandbox.log import LogEntry

if TYPE_CHECKING:
    from scriptest.suite.sharding import Shard

VERSION = 1
"""Increased when readers of an older version could misinterpret a newer one."""

_STATUSES = {status.label: status for status in Status}


class Report(NamedTuple):
    """A report that was read."""

    results: list[Result]
    seconds: float
    shard: "Shard | None" = None


class InvalidReportError(Exception):
    """A file is not a report; the message names the file."""


def render(results: Sequence[Result], seconds: float, shard: "Shard | None" = None) -> str:
    """Return a run as one JSON object.

    Args:
        results: the results of all finished scripts, in any order; they are sorted by name.
        seconds: the duration of the run.
        shard: the part of the scripts that the run was to run; None for all.
    """
    import json

    counts = {status.label: 0 for status in Status}
    for result in results:
        counts[result.status.label] += 1
    run: dict[str, object] = {
        "version": VERSION,
        "seconds": round(seconds, 6),
        "failed": any(result.status.is_failure for result in results),
        "counts": {label: count for label, count in counts.items() if count},
        "scripts": [_script(result) for result in sorted(results, key=lambda each: each.name)],
    }
    if shard is not None:
        run["shard"] = shard._asdict()
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
    origin = failure.origin
    return {
        "file": failure.file,
        "line": failure.line,
        "column": failure.column,
        "message": failure.message,
        "detail": failure.detail,
        "origin": None if origin is None else [origin.file, origin.line, origin.column],
        "shown": list(failure.shown),
    }


def _section(phase: Phase) -> dict[str, object]:
    return {
        "title": phase.title,
        "line": phase.line,
        "seconds": round(phase.seconds, 6),
        "log": phase.log,
        "entries": [
            [None if entry.is_command else entry.output, str(entry).count("\n") + 1]
            for entry in phase.entries
        ],
    }


# --- reading ---------------------------------------------------------------------------------


def read(path: str) -> Report:
    """Read a report that `render` made.

    Raises:
        InvalidReportError: the file cannot be read, or is not such a report.
    """
    import json

    try:
        run = json.loads(read_file(path))
    except OSError as error:
        raise InvalidReportError(f"{path}: {reason_of(error)}") from None
    except (ValueError, RecursionError):
        raise InvalidReportError(f"{path}: not a report of `scriptest run --json`") from None
    try:
        if run["version"] > VERSION:
            raise InvalidReportError(f"{path}: written by a newer scriptest; update this one")
        return Report([_read_script(each) for each in run["scripts"]], *_read_run(run))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise InvalidReportError(f"{path}: not a report of `scriptest run --json`") from None


def _read_run(run: dict[str, Any]) -> "tuple[float, Shard | None]":
    shard = run.get("shard")
    if shard is None:
        return float(run["seconds"]), None
    from scriptest.suite.sharding import Shard

    part, parts, scripts = (int(shard[key]) for key in ("part", "parts", "scripts"))
    return float(run["seconds"]), Shard(part, parts, scripts, str(shard["digest"]))


def _read_script(script: dict[str, Any]) -> Result:
    failures = [_read_failure(each) for each in script["failures"]]
    return Result(
        str(script["name"]),
        str(script["file"]),
        _STATUSES[script["status"]],
        float(script["seconds"]),
        tuple(_read_section(each) for each in script["sections"]),
        failures[0] if failures else None,
        script["reason"],
        script["work"],
        tuple(failures[1:]),
        script["attempts"],
        tuple(script["updated"]),
    )


def _read_failure(failure: dict[str, Any]) -> Failure:
    origin = failure.get("origin")
    return Failure(
        failure["file"],
        failure["line"],
        failure["column"],
        failure["message"],
        failure["detail"],
        None if origin is None else Location(*origin),
        tuple(failure.get("shown", ())),
    )


def _read_section(section: dict[str, Any]) -> Phase:
    lines = section["log"].split("\n")
    entries = []
    for output, count in section.get("entries", [["", len(lines)]]):
        entries.append(_read_entry(output, "\n".join(lines[:count])))
        del lines[:count]
    return Phase(section["title"], section["line"], float(section["seconds"]), tuple(entries))


def _read_entry(output: str | None, text: str) -> LogEntry:
    """Return an entry from its lines in the log; `output` is None for a command."""
    if output is None:
        return LogEntry(text.removeprefix("> "), is_command=True)
    return LogEntry(text.removeprefix(f"[{output}]\n") if output else text, output)
