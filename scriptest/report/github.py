"""Renders failures as GitHub annotations on the lines of scripts."""

from __future__ import annotations

from collections.abc import Sequence

from scriptest.base import workflow_commands
from scriptest.base.visible import visible
from scriptest.engine.result import Failure, Result, Status
from scriptest.report.parts import detail_parts
from scriptest.report.style import painted


def render(results: Sequence[Result]) -> str:
    """Return a workflow command for each failure."""
    lines = []
    for result in sorted(results, key=lambda each: each.name):
        if result.status.is_failure:
            for failure in (result.failure, *result.more):
                if failure is not None:
                    lines.append(_annotation(result, failure))
        elif result.status is Status.FLAKY_ALLOWED:
            file, name = escape_property(result.file), escape_text(result.name)
            lines.append(f"::warning file={file}::{name} is flaky")
    return "".join(line + "\n" for line in lines)


def _annotation(result: Result, failure: Failure) -> str:
    place = [f"file={escape_property(failure.file)}"]
    if failure.line:
        place.append(f"line={failure.line}")
    if failure.column:
        place.append(f"col={failure.column}")
    place.append(f"title={escape_property(result.name)}")
    detail = painted(detail_parts(failure.detail), colour=False)
    text = f"{failure.message}\n{detail}".rstrip("\n")
    return f"::error {','.join(place)}::{escape_text(text)}"


def escape_text(text: str) -> str:
    """Escape text of programs or files for the message of a workflow command."""
    return workflow_commands.escape_message(visible(text))


def escape_property(text: str) -> str:
    """Escape text of programs or files for a property of a workflow command."""
    return workflow_commands.escape_property(visible(text))
