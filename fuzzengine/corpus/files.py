"""Finds and reads the files that are named on the command line of `fuzzengine corpus`."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import CorpusError, unmarshal
from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.kinds import Kind


class CorpusCommandError(Exception):
    """A corpus command cannot be carried out; the text is one line with the reason."""


class CorpusUsageError(CorpusCommandError):
    """A corpus command was called with wrong arguments."""


def named_files(arguments: Sequence[str]) -> list[str]:
    """Return the files that arguments name; a folder means all files in it and below it.

    Hidden files of a folder, such as `.gitkeep`, are skipped.

    Raises:
        CorpusUsageError: a file or folder does not exist.
    """
    found = []
    for argument in arguments:
        if not os.path.exists(argument):
            raise CorpusUsageError(f"{argument}: no such file or folder")
        found += files_below(argument) if os.path.isdir(argument) else [argument]
    return found


def files_below(folder: str) -> list[str]:
    """Return all files in a folder and below it, sorted, except hidden ones."""
    found = []
    for inner, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [os.path.join(inner, n) for n in sorted(names) if not n.startswith(".")]
    return found


def read_bytes(path: str) -> bytes:
    """Return the content of a file.

    Raises:
        CorpusCommandError: it cannot be read.
    """
    try:
        return read_file(path)
    except OSError as error:
        raise CorpusCommandError(f"{path}: {reason_of(error)}") from None


def read_entry(path: str) -> tuple[list[Kind], list[object]]:
    """Return the kinds and the values of a corpus file.

    Raises:
        CorpusCommandError: the file cannot be read, or is not a corpus file.
    """
    data = read_bytes(path)
    try:
        return entry_of(data)
    except CorpusError as error:
        raise CorpusCommandError(error.in_file(path)) from None


def entry_of(data: bytes) -> tuple[list[Kind], list[object]]:
    """Return the kinds and the values of a corpus file; structured values stay text.

    Raises:
        CorpusError: the data is not a corpus file.
    """
    try:
        return unmarshal(data)
    except CorpusError:
        from fuzzengine.corpus.untyped import unmarshal_untyped

        return unmarshal_untyped(data)
