"""Rewrites the golden files in a script's archive."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scriptest.base.errors import reason_of
from scriptest.base.files import ChangedFileError, write_file
from scriptest.base.regular_files import read_file
from scriptest.compare.goldens import Golden, GoldenError
from scriptest.engine.result import Failure, Result, Status
from scriptest.language import encoding, parser, txtar
from scriptest.suite.suite import variants

if TYPE_CHECKING:
    from scriptest.run.executor import Attempt, Executor
    from scriptest.suite.suite import Selected


def apply_update(executor: Executor, selected: Selected, attempt: Attempt, how: str) -> Result:
    """Rewrite a script whose comparisons wanted other golden files, if it then passes.

    The new text is run again before it is written, in every variant of the script: so it is only
    written if it is right, and the next run finds nothing to update.

    Args:
        executor: runs the script.
        selected: the script.
        attempt: the try in which golden files were replaced.
        how: `write`, or `diff` to show the change instead.
    """
    data = _read(selected.path)
    if data != attempt.data:
        # Another variant or repetition of it was here first.
        attempt = executor.attempt(selected, update=True)
    replaced = attempt.goldens.replaced() if attempt.goldens else []
    result = attempt.result
    if not replaced:
        return result
    names = ", ".join(golden.file.name for golden in replaced)
    if result.status is not Status.PASSED:
        return _not_updated(result, f"{names}: not updated, since the script fails")
    try:
        new = rewritten(attempt.data, replaced)
    except GoldenError as error:
        failure = Failure(selected.file, replaced[0].file.line, 0, str(error), "")
        return result._replace(status=Status.FAILED, failure=failure)
    problem = _problem(executor, selected, new)
    if problem is not None:
        return _not_updated(problem, f"{names}: not updated, since the script would still fail")
    if how == "diff":
        message = f"golden files differ: {names} (nothing was written)"
        detail = _diff(attempt.data, new, selected.path)
        failure = Failure(selected.file, replaced[0].file.line, 0, message, detail)
        return result._replace(status=Status.FAILED, failure=failure)
    reason = _write(selected.path, new, attempt.data)
    if reason:
        failure = Failure(selected.file, 0, 0, f"{names}: not updated, since {reason}", "")
        return result._replace(status=Status.FAILED, failure=failure)
    return result._replace(
        reason=f"updated {names}", updated=tuple(golden.file.name for golden in replaced)
    )


def _write(path: str, new: bytes, old: bytes) -> str:
    """Replace a script file by a new text; return why it was not replaced, or nothing."""
    try:
        write_file(path, new, expected=old)
    except ChangedFileError:
        return "the file was changed while the script ran; run it again"
    except OSError as error:
        return f"the file cannot be written: {reason_of(error)}"
    return ""


def _read(path: str) -> bytes:
    try:
        return read_file(path)
    except OSError:
        return b""


def _not_updated(result: Result, message: str) -> Result:
    failure = result.failure
    if failure is None:
        return result
    detail = "\n".join(filter(None, (failure.detail.rstrip("\n"), message)))
    return result._replace(failure=failure._replace(detail=detail))


def _problem(executor: Executor, selected: Selected, data: bytes) -> Result | None:
    """Run a new text in every variant; return the first result that is not good."""
    base = selected._replace(row={}, id="", number=0)
    return executor.first_failure(variants(base), data, (Status.PASSED, Status.SKIPPED))


def rewritten(data: bytes, replaced: Sequence[Golden]) -> bytes:
    """Return a script file with new golden files.

    A content that an archive cannot hold gets a line `trimnl` or `unquote` before the script's
    first command.

    Raises:
        GoldenError: a file cannot be rewritten; the message names it.
    """
    archive = txtar.parse(data)
    sources = {file.line: file for file in archive.files}
    added: list[str] = []
    for golden in replaced:
        name = golden.file.name
        source = sources.get(golden.file.line)
        if source is None or source.data != golden.file.data or source.name != name:
            raise GoldenError(f"{name} cannot be updated: it is a template of the matrix")
        try:
            stored = golden.stored()
        except GoldenError as error:
            raise GoldenError(f"{name} cannot be updated: {error}") from None
        source.data, commands = encoding.encode(stored)
        added += [f"{command} {encoding.script_word(name)}" for command in commands]
    archive.comment = _insert(archive.comment, added)
    return txtar.format_archive(archive)


def _insert(comment: bytes, lines: Sequence[str]) -> bytes:
    """Put lines before the first command of a script."""
    if not lines:
        return comment
    script = parser.parse(comment, "")
    first = min(line.number for line in script.lines()) - 1
    rows = comment.split(b"\n")
    ending = b"\r" if rows[first].endswith(b"\r") else b""
    new = [line.encode("utf-8", "surrogateescape") + ending for line in lines]
    return b"\n".join([*rows[:first], *new, *rows[first:]])


def _diff(old: bytes, new: bytes, path: str) -> str:
    from difflib import unified_diff

    before, after = (data.decode("utf-8", "surrogateescape").split("\n") for data in (old, new))
    shown = os.path.normpath(path)
    return "\n".join(unified_diff(before, after, shown, shown + " (updated)", lineterm=""))
