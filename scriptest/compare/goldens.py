"""Tracks the golden files of a script whose run updates them.

In such a run, a failing comparison replaces its golden file. The new content is written to the
work folder at once, for the rest of the script, and recorded for the archive. If the script edits
the file before the comparison (`unquote`, `trimnl`, ...), the edits are undone on the new content
before it is stored in the archive.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed, reason_of
from scriptest.language import txtar
from scriptest.language.txtar import File

if TYPE_CHECKING:
    from typing import Protocol

    class WorkFiles(Protocol):
        """Reads and writes files of the work folder, by their absolute paths."""

        def read(self, name: str, /) -> bytes:
            """Return the content of a file; raise OSError if it cannot be read."""

        def write(self, name: str, data: bytes, /) -> None:
            """Write a file; raise CheckFailed if it is outside, OSError if it cannot be."""


class GoldenError(ValueError):
    """A golden file cannot be updated; the message is the reason, without the file's name."""


class Golden:
    """One file of the archive.

    Attributes:
        file: The file as stored in the archive.
        edits: The commands that edited it in place, in order.
        wanted: The new content after the edits; None if it was not replaced.
    """

    __slots__ = ("_content", "edits", "file", "wanted")

    def __init__(self, file: File) -> None:
        self.file = file
        self.edits: list[str] = []
        self.wanted: bytes | None = None
        self._content = file.data

    def edited(self, command: str, content: bytes) -> None:
        """Record an edit in place and the content after it."""
        self.edits.append(command)
        self._content = content

    def replace(self, path: str, make: Callable[[bytes], bytes], files: WorkFiles) -> None:
        """Replace the content of the file on disk by `make(content)`.

        Raises:
            GoldenError: something other than the edits has changed the file, or no content leads
                to the new one by the edits.
            CheckFailed: the file is outside the work folder.
            OSError: the file cannot be read or written.
        """
        current = files.read(path)
        if current != self._content:
            raise GoldenError("it was changed by something other than the script's edits")
        wanted = make(current)
        undo_edits(wanted, self.edits)
        files.write(path, wanted)
        self.wanted = self._content = wanted

    def stored(self) -> bytes:
        """Return the content to store in the archive: the wanted one before the edits."""
        return undo_edits(self._content, self.edits)


class Goldens:
    """The archive's files by their paths in the work folder.

    Attributes:
        refusals: The reasons why golden files were not replaced, one line each.
    """

    __slots__ = ("_files", "refusals")

    def __init__(self, files: Mapping[str, File]) -> None:
        """Track the archive's files, given by their absolute normalized paths."""
        self._files = {path: Golden(file) for path, file in files.items()}
        self.refusals: list[str] = []

    def edited(self, path: str, command: str, content: bytes) -> None:
        """Record a command that edited a file in place."""
        golden = self._files.get(os.path.normpath(path))
        if golden is not None:
            golden.edited(command, content)

    def replace(self, path: str, make: Callable[[bytes], bytes], files: WorkFiles) -> bool:
        """Replace a golden file in the work folder and record the new content.

        Args:
            path: an absolute path.
            make: returns the new content for the current one; may raise GoldenError.
            files: reads and writes it.

        Returns:
            False if the path is not a file of the archive, or the update was refused.
        """
        golden = self._files.get(os.path.normpath(path))
        if golden is None:
            return False
        try:
            golden.replace(path, make, files)
        except (GoldenError, CheckFailed) as error:
            self.refusals.append(f"{golden.file.name} cannot be updated: {error}")
            return False
        except OSError as error:
            reason = reason_of(error)
            self.refusals.append(f"{golden.file.name} cannot be updated: {reason}")
            return False
        return True

    def replaced(self) -> list[Golden]:
        """Return the golden files that were replaced, in the archive's order."""
        return [golden for golden in self._files.values() if golden.wanted is not None]


# --- undoing edits ---------------------------------------------------------------------------


def undo_edits(content: bytes, edits: list[str]) -> bytes:
    """Return the content that the edits turn into the given content.

    Raises:
        GoldenError: there is no such content, or an edit cannot be undone.
    """
    for command in reversed(edits):
        undo = _UNDO.get(command)
        if undo is None:
            raise GoldenError(f"the script changes it with `{command}`, which cannot be undone")
        content = undo(content)
    return content


def _quoted(content: bytes) -> bytes:
    try:
        return txtar.quote(content)
    except ValueError:
        raise GoldenError(
            "the script unquotes it, and the new content has no final newline; add `trimnl` after"
            " `unquote`"
        ) from None


def _unquoted(content: bytes) -> bytes:
    try:
        plain = txtar.unquote(content)
    except ValueError as error:
        raise GoldenError(str(error)) from None
    if txtar.quote(plain) != content:
        raise GoldenError("the script quotes it, and the new content has lines without `>`")
    return plain


def _with_newline(content: bytes) -> bytes:
    return content + b"\n"


def _unix(content: bytes) -> bytes:
    if not content.replace(b"\r\n", b"").count(b"\n") and content.endswith(b"\r\n"):
        return content.replace(b"\r\n", b"\n")
    if content:
        raise GoldenError("the script adds CRLF line ends, and the new content has other line ends")
    return content


def _without_crlf(content: bytes) -> bytes:
    if b"\r\n" in content:
        raise GoldenError("the script removes CRLF line ends, and the new content has some")
    return content


def _base64(content: bytes) -> bytes:
    from base64 import encodebytes

    return encodebytes(content)


_UNDO: dict[str, Callable[[bytes], bytes]] = {
    "unquote": _quoted,
    "quote": _unquoted,
    "trimnl": _with_newline,
    "unix2dos": _unix,
    "addcrlf": _unix,
    "dos2unix": _without_crlf,
    "unbase64": _base64,
}
