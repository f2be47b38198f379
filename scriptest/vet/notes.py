"""Adds the findings of vet about failing lines to the failures of a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.vet.checker import Diagnostic, check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scriptest.engine.result import Failure, Result
    from scriptest.suite.suite import Selected

_MOST_ELSEWHERE = 3
"""The number of notes about other lines than the one that failed."""


def with_notes(selected: Selected, result: Result) -> Result:
    """Return the result of a script with notes in the details of its failures."""
    if result.failure is None or not result.status.is_failure:
        return result
    try:
        found = check(selected)
    except OSError:
        return result
    return result._replace(
        failure=_with_notes(result.failure, found),
        more=tuple(_with_notes(failure, found) for failure in result.more),
    )


def _with_notes(failure: Failure, found: Iterable[Diagnostic]) -> Failure:
    here = [each for each in found if each.file == failure.file]
    notes = [
        f"note: {each.message}"
        for each in here
        if each.line == failure.line
        and each.rule != "unused-file"
        and each.message != failure.message
    ]
    # The reason may also be a variable that an earlier line left unset, or a file that is part of
    # the one above it.
    notes += [
        f"note: line {each.line}: {each.message}"
        for each in here
        if (each.rule == "unset-variable" and each.line < failure.line) or each.rule == "marker"
        if f"note: {each.message}" not in notes
    ][:_MOST_ELSEWHERE]
    if not notes:
        return failure
    return failure._replace(detail="\n".join([*notes, *filter(None, [failure.detail])]))
