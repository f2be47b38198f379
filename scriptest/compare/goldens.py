"""The golden files of a script whose run updates them: what each held, and what it should hold.

A comparison that fails asks to replace the golden file instead. The new content is put into the
work folder at once, so that the rest of the script sees it, and is remembered for the archive.
An archive's file that the script edits before it compares (`unquote`, `trimnl`, ...) is followed
through those edits, so that the archive gets the content from which they lead to what was wanted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from scriptest.base.errors import reason_of
from scriptest.language import txtar
from scriptest.language.txtar import File


class GoldenError(ValueError):
    """A golden file cannot be updated; the message says why, without the file's name."""


class Golden:
    """One file of the archive.

    Attributes:
        file: As the archive has it.
        edits: The commands that edited it in place, in order.
        wanted: The content it should have after the edits; None as long as nothing is wrong.
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

    def replace(self, path: str, make: Callable[[bytes], bytes]) -> None:
        """Give the file on disk the content that make returns for its present one.

        Raises:
            GoldenError: the file is not what the archive and the edits made it, or make's content
                cannot be reached by the edits.
            OSError: it cannot be read or written.
        """
        with open(path, "rb") as file:
            present = file.read()
        if present != self._content:
            raise GoldenError("something other than the script's own edits changed it")
        wanted = make(present)
        before_edits(wanted, self.edits)
        with open(path, "wb") as file:
            file.write(wanted)
        self.wanted = self._content = wanted

    def stored(self) -> bytes:
        """Return the content for the archive's file from which the edits make the wanted one."""
        return before_edits(self._content, self.edits)


class Goldens:
    """The archive's files by their paths in the work folder.

    Attributes:
        refusals: Why a golden file was not replaced, one line each.
    """

    __slots__ = ("_files", "refusals")

    def __init__(self, files: Mapping[str, File]) -> None:
        """Begin with the archive's files by their absolute normal paths."""
        self._files = {path: Golden(file) for path, file in files.items()}
        self.refusals: list[str] = []

    def edited(self, path: str, command: str, content: bytes) -> None:
        """Record a command that edited a file in place."""
        golden = self._files.get(os.path.normpath(path))
        if golden is not None:
            golden.edited(command, content)

    def replace(self, path: str, make: Callable[[bytes], bytes]) -> bool:
        """Replace a golden file in the work folder and remember that.

        Args:
            path: an absolute path.
            make: gives the new content from the present one; may raise GoldenError.

        Returns:
            False if the path is no file of the archive, or was refused.
        """
        golden = self._files.get(os.path.normpath(path))
        if golden is None:
            return False
        try:
            golden.replace(path, make)
        except GoldenError as error:
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


# --- edits, backwards ------------------------------------------------------------------------


def before_edits(content: bytes, edits: list[str]) -> bytes:
    """Return the content from which edits lead to content.

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
            "it is unquoted, and what it should hold has no final line end; add `trimnl` after it"
        ) from None


def _unquoted(content: bytes) -> bytes:
    try:
        plain = txtar.unquote(content)
    except ValueError as error:
        raise GoldenError(str(error)) from None
    if txtar.quote(plain) != content:
        raise GoldenError("the script quotes it, and what it should hold has lines without `>`")
    return plain


def _with_newline(content: bytes) -> bytes:
    return content + b"\n"


def _unix(content: bytes) -> bytes:
    if not content.replace(b"\r\n", b"").count(b"\n") and content.endswith(b"\r\n"):
        return content.replace(b"\r\n", b"\n")
    if content:
        raise GoldenError("the script gives it CRLF line ends, and what it should hold has others")
    return content


def _without_crlf(content: bytes) -> bytes:
    if b"\r\n" in content:
        raise GoldenError("the script takes its CRLF line ends, and what it should hold has some")
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
