"""Reads and writes inputs as files of raw bytes, with libFuzzer's names."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.ipc.shared_memory import MEMORY_SIZE
from fuzzengine.types.kinds import BYTES
from scriptest.base.errors import reason_of
from scriptest.base.files import holds, is_temporary, write_file
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

KINDS = [BYTES]
"""The types of the arguments of every harness."""

_LARGEST = MEMORY_SIZE // 5
"""The size above which an input may not fit into the shared memory once it is encoded."""


def name_of(data: bytes) -> str:
    """Return the file name of an input: its SHA-1, as libFuzzer names it."""
    from hashlib import sha1

    return sha1(data, usedforsecurity=False).hexdigest()


def encoded(data: bytes) -> bytes:
    """Return an input in the encoding of the engine's own corpus files."""
    return marshal(KINDS, [data])


def decoded(data: bytes) -> bytes:
    """Return the input in a corpus file of the engine."""
    (value,) = unmarshal(data, KINDS)[1]
    assert isinstance(value, bytes)
    return value


def files_in(folder: str) -> list[str]:
    """Return the files of a folder and of all folders in it, sorted.

    Raises:
        OSError: the folder cannot be read.
    """
    found = []
    with os.scandir(folder) as items:
        for item in items:
            if item.is_dir(follow_symlinks=False):
                found += files_in(item.path)
            elif not is_temporary(item.name):
                found.append(item.path)
    return sorted(found, key=os.fsencode)


def write_input(folder: str, data: bytes) -> str:
    """Write an input under its name into a folder; return the path.

    Raises:
        OSError: it cannot be written.
    """
    path = os.path.join(folder, name_of(data))
    if not holds(path, data):
        write_file(path, data)
    return path


class RawCorpus:
    """The corpus folders of a harness; new inputs go to the first one.

    Args:
        folders: the folders; without one, new inputs stay in memory.
        log: prints a line.
        max_len: the length to which inputs are cut; 0 for no limit.
    """

    def __init__(
        self, folders: Sequence[str], log: Callable[[str], object], max_len: int = 0
    ) -> None:
        self._folders = folders
        self._log = log
        self._max_len = max_len
        self._warned = False

    def read(self) -> Iterator[Entry]:
        """Yield the inputs of all folders; each stays in memory.

        Files that cannot be read, or are too large, are left out with a warning.
        """
        for folder in self._folders:
            for path in files_in(folder):
                try:
                    data = read_file(path, most=_LARGEST)
                except OSError as error:
                    self._warn(f"not using {path}: {reason_of(error)}")
                    continue
                yield Entry(path, encoded(data[: self._max_len or None]))

    def write(self, entry: Entry) -> str:
        """Write a new input to the first folder; return the path, or "" without one."""
        if not self._folders:
            return ""
        data = decoded(entry.load())[: self._max_len or None]
        try:
            path = write_input(self._folders[0], data)
        except OSError as error:
            self._warn(f"new inputs are kept in memory only: {reason_of(error)}")
            return ""
        entry.path = path
        return path

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            self._log(f"WARNING: {text}\n")
