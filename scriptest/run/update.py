"""Rewrites the golden files in a script's archive and beside it, and adds missing ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base.errors import reason_of
from scriptest.base.files import ChangedFileError, write_file
from scriptest.base.regular_files import read_file
from scriptest.compare.goldens import Golden, GoldenError, UpdateRules
from scriptest.engine.result import Failure, Result, Status
from scriptest.language import encoding, parser, txtar
from scriptest.suite.suite import variants

if TYPE_CHECKING:
    from scriptest.run.executor import Attempt, Executor
    from scriptest.suite.suite import Selected


class GoldenChange(NamedTuple):
    """A new content of one golden file."""

    script: str
    golden: Golden
    diff: str

    @property
    def name(self) -> str:
        """The name of the golden file."""
        return self.golden.file.name


class Update:
    """One script whose comparisons wanted other golden files.

    It is run again with the new ones before they are written: what is replaced in that run, too,
    differs from run to run and stays as it is. The text that is written was run in every variant
    of the script: so it is only written if it is right, and the next run finds nothing to update.
    """

    def __init__(self, executor: Executor, selected: Selected, attempt: Attempt) -> None:
        """Prepare the update of a script.

        Args:
            executor: runs the script.
            selected: the script.
            attempt: the try in which golden files were replaced.
        """
        self._executor = executor
        self._selected = selected
        if _read(selected.path) != attempt.data:
            # Another variant or repetition of it was here first.
            attempt = executor.attempt(selected, update=UpdateRules())
        self._attempt = attempt
        self._failures: list[Failure] = []
        self._varying: set[str] = set()
        """The keys of the golden files that the second run replaced."""

    def result(
        self,
        *,
        show_only: bool,
        choose: Callable[[Sequence[GoldenChange]], list[GoldenChange]] | None,
    ) -> Result:
        """Write the golden files if the script then passes; return the result of the script.

        Args:
            show_only: show the changes instead of writing them.
            choose: returns the changes to write; None for all.
        """
        result = self._attempt.result
        replaced = _replaced(self._attempt)
        if not replaced:
            return result
        if result.status is not Status.PASSED:
            return _not_updated(result, f"{_names(replaced)}: not updated, since the script fails")
        try:
            changes = self._stable(replaced)
            if show_only:
                self._show([change.golden for change in changes])
                return self._with_failures(())
            chosen = choose(changes) if choose is not None else changes
            declined = [change for change in changes if change not in chosen]
            if declined:
                names = _names(change.golden for change in declined)
                self._differ(f"golden files differ: {names} (declined)", declined[0].golden, "")
            written = [change.golden for change in chosen]
            if written:
                self._write(written, (_keys(replaced) | self._varying) - _keys(written))
        except (GoldenError, _NotWrittenError) as error:
            line = replaced[0].file.line if isinstance(error, GoldenError) else 0
            failure = Failure(self._selected.file, line, 0, str(error), "")
            return result._replace(status=Status.FAILED, failure=failure)
        except _StillFailsError as error:
            message = f"{_names(replaced)}: not updated, since the script would still fail"
            return _not_updated(error.result, message)
        return self._with_failures(tuple(golden.file.name for golden in written))

    def _stable(self, replaced: Sequence[Golden]) -> list[GoldenChange]:
        """Return the changes of golden files that a second run with them does not replace."""
        new = rewritten(self._attempt.data, replaced)
        rules = UpdateRules(beside=_beside(replaced))
        second = self._executor.attempt(self._selected, data=new, update=rules)
        if second.result.status is not Status.PASSED:
            raise _StillFailsError(second.result)
        again = {golden.key: golden for golden in _replaced(second)}
        self._varying = set(again)
        known = _keys(replaced)
        for golden in again.values():
            if golden.key not in known:
                # The first run led to the stored content.
                stored = golden.file.data.decode("utf-8", "surrogateescape")
                self._failures.append(self._unstable(golden, (stored, _text(golden, second))))
        changes = []
        for golden in replaced:
            if golden.key not in again:
                diff = _diff(golden)
                changes.append(GoldenChange(self._selected.name, golden, diff))
                continue
            other = again[golden.key]
            texts = None
            if golden.content != other.content:
                texts = _text(golden, self._attempt), _text(other, second)
            self._failures.append(self._unstable(golden, texts))
        return changes

    def _unstable(self, golden: Golden, texts: tuple[str, str] | None) -> Failure:
        """Return the failure of a golden file that two runs would replace.

        Args:
            golden: the golden file.
            texts: its contents in the two runs; None if they are equal.
        """
        name, comparison = golden.file.name, golden.comparison
        if comparison is None or texts is None:
            message = f"{name}: not updated, since the script compares it with different contents"
            return Failure(self._selected.file, golden.file.line, 0, message, "")
        place, fix = comparison.location, comparison.explain(*texts)
        message = f"{name} differs from run to run and was not updated; {fix.fix}"
        return Failure(place.file, place.line, place.column, message, fix.detail)

    def _show(self, changes: Sequence[Golden]) -> None:
        """Report changes instead of writing them."""
        if changes:
            data = self._attempt.data
            parts = [_diff_of_script(data, rewritten(data, changes), self._selected.path)]
            parts += [_diff(golden) for golden in changes if golden.is_beside]
            message = f"golden files differ: {_names(changes)} (nothing was written)"
            self._differ(message, changes[0], "\n".join(filter(None, parts)))

    def _differ(self, message: str, golden: Golden, detail: str) -> None:
        failure = Failure(self._selected.file, golden.file.line, 0, message, detail)
        self._failures.insert(0, failure)

    def _write(self, written: Sequence[Golden], left: set[str]) -> None:
        """Write golden files if the script passes with them, but for those that are left as is.

        Raises:
            _StillFailsError: a variant fails.
            _NotWrittenError: a file cannot be written; the message names it.
        """
        data = self._attempt.data
        new = rewritten(data, written)
        rules = UpdateRules(frozenset(left), _beside(written))
        rows = variants(self._selected._replace(row={}, id="", number=0))
        if not left:
            # The second run was that of this variant.
            rows = [variant for variant in rows if variant.row != self._selected.row]
        good = (Status.PASSED, Status.SKIPPED)
        problem = self._executor.first_failure(rows, new, good, rules)
        if problem is not None:
            raise _StillFailsError(problem)
        files = [
            (golden.key, golden.content, None if golden.is_new else golden.file.data)
            for golden in written
            if golden.is_beside
        ]
        if new != data:
            files.append((self._selected.path, new, data))
        for path, content, old in files:
            reason = _write(path, content, old)
            if reason:
                raise _NotWrittenError(f"{_names(written)}: not updated, since {reason}")

    def _with_failures(self, updated: tuple[str, ...]) -> Result:
        """Return the result of the script with what was updated, and what was not."""
        reason = f"updated {', '.join(updated)}" if updated else ""
        result = self._attempt.result._replace(reason=reason, updated=updated)
        if not self._failures:
            return result
        first, *more = self._failures
        return result._replace(status=Status.FAILED, failure=first, more=tuple(more))


class _NotWrittenError(Exception):
    """A file cannot be written; the message is one line."""


class _StillFailsError(Exception):
    """The script fails with its new golden files."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


def _replaced(attempt: Attempt) -> list[Golden]:
    return attempt.goldens.replaced() if attempt.goldens else []


def _names(goldens: Iterable[Golden]) -> str:
    return ", ".join(golden.file.name for golden in goldens)


def _keys(goldens: Iterable[Golden]) -> set[str]:
    return {golden.key for golden in goldens}


def _beside(goldens: Iterable[Golden]) -> dict[str, bytes]:
    """Return the contents of the golden files beside the script by their paths."""
    return {golden.key: golden.content for golden in goldens if golden.is_beside}


def _text(golden: Golden, attempt: Attempt) -> str:
    """Return the content of a golden file, with `stabilize.WORK` for the work folder."""
    from scriptest.compare.stabilize import WORK

    text = golden.content.decode("utf-8", "surrogateescape")
    work = attempt.goldens.work if attempt.goldens else ""
    return text.replace(work, WORK) if work else text


def _write(path: str, new: bytes, old: bytes | None) -> str:
    """Replace a file by a new text, or create it; return why that failed, or nothing."""
    try:
        if old is None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
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
        if golden.is_beside:
            continue
        name = golden.file.name
        source = _added(archive, name) if golden.is_new else sources.get(golden.file.line)
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


def _added(archive: txtar.Archive, name: str) -> txtar.File:
    """Add an empty file at the end of an archive, after a blank line if it is the first one."""
    file = txtar.File(name, b"")
    if not archive.files and not archive.comment.endswith(b"\n\n"):
        archive.comment += b"\n"
    archive.files = (*archive.files, file)
    archive.final_newline = True
    return file


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


def _diff(golden: Golden) -> str:
    """Return the differences of a golden file's stored content and its new one."""
    before, after = (_decoded(data).splitlines() for data in (golden.file.data, golden.stored()))
    name = golden.file.name
    return _unified(before, after, os.devnull if golden.is_new else name, name)


def _diff_of_script(old: bytes, new: bytes, path: str) -> str:
    before, after = (_decoded(data).split("\n") for data in (old, new))
    shown = os.path.normpath(path)
    return _unified(before, after, shown, shown)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _unified(before: list[str], after: list[str], old: str, new: str) -> str:
    from difflib import unified_diff

    return "\n".join(unified_diff(before, after, old, f"{new} (updated)", lineterm=""))
