"""Tracks the golden files of a script whose run updates them.

In such a run, a failing comparison replaces its golden file, or creates a missing one. The new
content is written to the work folder at once, for the rest of the script, and recorded for the
archive. If the script edits the file before the comparison (`unquote`, `trimnl`, ...), the edits
are undone on the new content before it is stored in the archive.

A golden file may also lie beside the script, in the folder of the script or its settings. It is
written only when the whole script has passed; until then, commands read the new content from here.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base.errors import CheckFailed, Location, reason_of
from scriptest.language import encoding, txtar
from scriptest.language.txtar import File

if TYPE_CHECKING:
    from typing import Protocol

    class WorkFiles(Protocol):
        """Reads and writes files of the work folder, by their absolute paths."""

        def read(self, name: str, /) -> bytes:
            """Return the content of a file; raise OSError if it cannot be read."""

        def write(self, name: str, data: bytes, /) -> None:
            """Write a file; raise CheckFailed if it is outside, OSError if it cannot be."""

        def create(self, name: str, data: bytes, /) -> None:
            """Create a file and the folders above it; raise the same errors."""


class GoldenError(ValueError):
    """A golden file cannot be updated; the message is the reason, without the file's name."""


class Comparison(NamedTuple):
    """The comparison that replaced a golden file."""

    location: Location
    explain: Callable[[str, str], "Instability"]
    """Returns how to accept two contents that two runs led to."""


class Instability(NamedTuple):
    """How a golden file can accept contents that differ from run to run."""

    fix: str
    """The end of a sentence: what to write, and which comparison to use."""
    detail: str = ""
    """The proposed changes of lines; may be empty."""


class UpdateRules(NamedTuple):
    """The golden files that a run may update."""

    only: frozenset[str] | None = None
    """The keys of the golden files that may be replaced; None for all."""
    beside: Mapping[str, bytes] = {}
    """Contents of golden files beside the script, read instead of the files, by path."""


class Golden:
    """One golden file.

    Attributes:
        file: The file as stored in the archive; for a file beside the script, its shown name.
        key: The identity of the file across runs.
        is_new: Whether the archive, or the folder beside the script, does not have it yet.
        is_beside: Whether it lies beside the script.
        edits: The commands that edited it in place, in order.
        wanted: The new content after the edits; None if it was not replaced.
        comparison: The last comparison that replaced it.
    """

    __slots__ = ("_content", "comparison", "edits", "file", "is_beside", "is_new", "key", "wanted")

    def __init__(
        self, file: File, key: str, *, is_new: bool = False, is_beside: bool = False
    ) -> None:
        self.file = file
        self.key = key
        self.is_new = is_new
        self.is_beside = is_beside
        self.edits: list[str] = []
        self.wanted: bytes | None = None
        self.comparison: Comparison | None = None
        self._content = file.data

    @property
    def content(self) -> bytes:
        """The content as the script left it."""
        return self._content

    def edited(self, command: str, content: bytes) -> None:
        """Record an edit in place and the content after it."""
        self.edits.append(command)
        self._content = content

    def replace(self, path: str, make: Callable[[bytes], bytes], files: "WorkFiles") -> None:
        """Replace the content of the file by `make(content)`, in the work folder at once.

        Raises:
            GoldenError: something other than the edits has changed the file, or no content leads
                to the new one by the edits.
            CheckFailed: the file is outside the work folder.
            OSError: the file cannot be read or written.
        """
        if self.is_beside or (self.is_new and self.wanted is None):
            wanted = make(self._content)
            if not self.is_beside:
                files.create(path, wanted)
        else:
            if files.read(path) != self._content:
                raise GoldenError("it was changed by something other than the script's edits")
            wanted = make(self._content)
            undo_edits(wanted, self.edits)
            files.write(path, wanted)
        self.wanted = self._content = wanted

    def stored(self) -> bytes:
        """Return the content to store in the archive: the wanted one before the edits."""
        return undo_edits(self._content, self.edits)


class Goldens:
    """The golden files of a script: those of its archive by their paths, and those beside it.

    Attributes:
        work: The work folder.
        refusals: The reasons why golden files were not replaced, one line each.
    """

    __slots__ = ("_files", "_folders", "_rules", "_start", "refusals", "work")

    def __init__(
        self,
        files: Mapping[str, File],
        rules: UpdateRules | None = None,
        *,
        work: str = "",
        start: str = "",
        folders: tuple[str, ...] = (),
    ) -> None:
        """Track golden files.

        Args:
            files: the archive's files by their absolute normalized paths.
            rules: what the run may update.
            work: the work folder; empty if no golden file can be created.
            start: the folder in which the archive was extracted.
            folders: the real folders outside of it in which golden files may lie.
        """
        self._files = {path: Golden(file, self._key(path, work)) for path, file in files.items()}
        self._rules = rules or UpdateRules()
        self._start = start or work
        self._folders = tuple(folder for folder in folders if folder)
        self.work = work
        self.refusals: list[str] = []

    @staticmethod
    def _key(path: str, work: str) -> str:
        return path[len(work) + 1 :] if work and path.startswith(work + os.sep) else path

    def edited(self, path: str, command: str, content: bytes) -> None:
        """Record a command that edited a file in place."""
        golden = self._files.get(os.path.normpath(path))
        if golden is not None and not golden.is_beside:
            golden.edited(command, content)

    def content_beside(self, path: str) -> bytes | None:
        """Return the new content of a golden file beside the script; None for other files."""
        path = os.path.normpath(path)
        golden = self._files.get(path)
        if golden is not None and golden.is_beside and golden.wanted is not None:
            return golden.content
        return self._rules.beside.get(path)

    def may_create(self, path: str, actual: str) -> bool:
        """Report whether a comparison with a missing golden file may create it.

        Args:
            path: the absolute path of the golden file.
            actual: the path of the file to compare; empty for a buffer. If it is an unchanged file
                of the archive, it may be the golden file, and the missing one was to be made.
        """
        known = self._files.get(os.path.normpath(actual)) if actual else None
        if known is not None and known.wanted is None and not known.edits:
            return False
        path = os.path.normpath(path)
        if os.path.lexists(path) or self.content_beside(path) is not None:
            return False
        return self._golden(path) is not None

    def _golden(self, path: str) -> Golden | None:
        """Return the golden file with a path; one that is not in the archive is new, or beside."""
        if path in self._files or not self.work:
            return self._files.get(path)
        inside = path.startswith(self.work + os.sep)
        if inside and not os.path.lexists(path):
            return Golden(File(self._name(path), b""), self._key(path, self.work), is_new=True)
        real = os.path.realpath(path)
        if inside or not any(real.startswith(folder + os.sep) for folder in self._folders):
            return None
        return self._beside(path)

    def _beside(self, path: str) -> Golden | None:
        from scriptest.base.regular_files import read_file

        data = self._rules.beside.get(path)
        is_new = data is None and not os.path.lexists(path)
        if data is None and not is_new:
            data = read_file(path)
        shown = os.path.relpath(path)
        return Golden(File(shown, data or b""), path, is_new=is_new, is_beside=True)

    def _name(self, path: str) -> str:
        """Return the name in the archive for a path in the work folder."""
        name = os.path.relpath(path, self._start).replace(os.sep, "/")
        return "$WORK/" + self._key(path, self.work) if name.startswith("../") else name

    def replace(
        self,
        path: str,
        make: Callable[[bytes], bytes],
        files: "WorkFiles",
        comparison: Comparison | None = None,
    ) -> bool:
        """Replace a golden file in the work folder and record the new content.

        Args:
            path: an absolute path.
            make: returns the new content for the current one; may raise GoldenError.
            files: reads and writes it.
            comparison: the comparison that failed.

        Returns:
            False if the path is not that of a golden file, or the update was refused.
        """
        path = os.path.normpath(path)
        try:
            golden = self._golden(path)
            if golden is None or not self._may_replace(golden):
                return False
        except OSError as error:
            self.refusals.append(f"{os.path.relpath(path)} cannot be updated: {reason_of(error)}")
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
        golden.comparison = comparison
        self._files[path] = golden
        return True

    def _may_replace(self, golden: Golden) -> bool:
        if self._rules.only is not None and golden.key not in self._rules.only:
            return False
        if golden.is_new and not golden.is_beside:
            problem = encoding.name_problem(golden.file.name.removeprefix("$WORK/"))
            if problem:
                self.refusals.append(f"{golden.file.name} cannot be added: it {problem}")
                return False
        return True

    def replaced(self) -> list[Golden]:
        """Return the golden files that were replaced, new ones last."""
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
