"""Corpus entries: reads and writes the folders that hold their files."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import CorpusError, check, unmarshal
from fuzzengine.ipc.shared_memory import HEADER_SIZE, MEMORY_SIZE
from scriptest.base.errors import reason_of
from scriptest.base.files import holds, is_temporary, sweep, write_file
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fuzzengine.types.kinds import Kind


_LARGEST = MEMORY_SIZE - HEADER_SIZE


class CorpusReadError(Exception):
    """A corpus folder or file cannot be read; the text is Go's."""


class Entry:
    """One input of a corpus (Go: fuzz.CorpusEntry).

    Attributes:
        path: the file that holds the entry, or a name such as ``seed#0``.
        data: the bytes of the corpus file, or None if they were dropped; `load` reads them again.
        values: the decoded arguments, or None if they were dropped.
        is_seed: whether it comes from F.add or testdata.
        parent: the path of the entry it was mutated from, or an empty text.
        generation: the number of its mutated ancestors.
        on_unreadable: returns other bytes if the file cannot be read again; None to raise.
    """

    __slots__ = (
        "_hash",
        "data",
        "generation",
        "is_seed",
        "on_unreadable",
        "parent",
        "path",
        "values",
    )

    def __init__(
        self,
        path: str,
        data: bytes | None = None,
        values: list[object] | None = None,
        *,
        is_seed: bool = False,
        parent: str = "",
        generation: int = 0,
    ) -> None:
        self.path = path
        self.data = data
        self.values = values
        self.is_seed = is_seed
        self.parent = parent
        self.generation = generation
        self.on_unreadable: Callable[[CorpusReadError], bytes] | None = None
        self._hash: int | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return os.path.basename(self.path)

    def load(self) -> bytes:
        """Return the bytes of the corpus file, from memory or from the file.

        Raises:
            CorpusReadError: the file is gone, has changed or cannot be read.
        """
        if self.data is not None:
            return self.data
        try:
            data = _read_file(self.path)
            if self._hash is not None and hash(data) != self._hash:
                raise CorpusReadError(f"corpus file {self.path} has changed")
        except CorpusReadError as error:
            if self.on_unreadable is None:
                raise
            self.data = self.on_unreadable(error)
            return self.data
        return data

    def drop(self) -> None:
        """Drop bytes and values from memory; the file at `path` has them."""
        self._hash = None if self.data is None else hash(self.data)
        self.data = self.values = None


def content_digest(data: bytes) -> bytes:
    """Return the SHA-256 of a corpus file's content, 32 bytes."""
    from hashlib import sha256

    return sha256(data).digest()


def entry_name(data: bytes) -> str:
    """Return the file name of an entry: the first 16 hexadecimal digits of its SHA-256."""
    return content_digest(data).hex()[:16]


def read_directory(path: str, kinds: Sequence[Kind]) -> list[Entry]:
    """Read every corpus file of a folder, in the order of their names (Go: ReadCorpus).

    A folder that does not exist counts as empty; folders inside it are skipped.

    Args:
        path: the folder.
        kinds: the types of the values of each entry.

    Raises:
        CorpusError: some files do not match; the text has one line for each.
        CorpusReadError: the folder or a file cannot be read.
    """
    entries: list[Entry] = []
    mistakes: list[str] = []
    for name in _file_names(path):
        filename = os.path.join(path, name)
        data = _read_file(filename)
        try:
            entries.append(Entry(filename, data, _decode(data, kinds)))
        except CorpusError as error:
            mistakes.append(error.in_file(filename))
    if mistakes:
        raise CorpusError("\n".join(mistakes))
    return entries


def read_cache(path: str, kinds: Sequence[Kind]) -> tuple[list[Entry], list[str]]:
    """Read the entries of a cache folder; skip files that do not match or cannot be read.

    Args:
        path: the folder.
        kinds: the types of the values of each entry.

    Returns:
        The entries, and a line for each file that cannot be read, or for the folder.
    """
    entries: list[Entry] = []
    unreadable: list[str] = []
    try:
        names = list(_file_names(path))
    except CorpusReadError as error:
        return [], [str(error)]
    for name in names:
        filename = os.path.join(path, name)
        try:
            data = _read_file(filename)
            entries.append(Entry(filename, data, _decode(data, kinds)))
        except CorpusReadError as error:
            unreadable.append(str(error))
        except CorpusError:
            continue
    return entries, unreadable


def _decode(data: bytes, kinds: Sequence[Kind]) -> list[object]:
    found, values = unmarshal(data, kinds)
    check(found, kinds)
    return values


def _file_names(path: str) -> Iterator[str]:
    try:
        with os.scandir(path) as items:
            names = [item.name for item in items if not item.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return
    except OSError as error:
        raise CorpusReadError(
            f"reading seed corpus from testdata: open {path}: {reason_of(error)}"
        ) from None
    if any(is_temporary(name) for name in names):
        sweep(path)
    for name in sorted(names, key=os.fsencode):
        if not is_temporary(name):
            yield name


def _read_file(path: str) -> bytes:
    try:
        return read_file(path, most=_LARGEST)
    except OSError as error:
        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        raise CorpusReadError(
            f"failed to read corpus file: {operation} {path}: {reason_of(error)}"
        ) from None


def write_entry(directory: str, data: bytes) -> str:
    """Write an entry under its name and return its path (Go: writeToCorpus).

    The file appears whole or not at all. Missing folders are created. Several processes may write
    to one folder, even the same entry.

    Raises:
        OSError: the file cannot be written.
    """
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, entry_name(data))
    if holds(path, data):
        return path
    if os.path.islink(path):
        # A link to something else or to nothing: do not write through it.
        os.unlink(path)
    try:
        write_file(path, data)
    except PermissionError:
        # Windows refuses to replace a file that another process reads; it is the same entry.
        if not holds(path, data):
            raise
    return path
