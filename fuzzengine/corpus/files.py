"""The files that the arguments of a corpus command name."""

from __future__ import annotations

import os

from fuzzengine.corpus import entry as corpus
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.kinds import Kind


class Refusal(Exception):
    """A corpus command cannot do what it was asked for; the text is one line that says why."""


def named_files(arguments: Sequence[str]) -> list[str]:
    """Return the files of the arguments; a folder stands for all files in it and below.

    Hidden files of a folder, such as `.gitkeep`, are no entries.

    Raises:
        Refusal: an argument names nothing.
    """
    found = []
    for argument in arguments:
        if not os.path.exists(argument):
            raise Refusal(f"{argument}: no such file or folder")
        if not os.path.isdir(argument):
            found.append(argument)
            continue
        for folder, below, names in os.walk(argument):
            below[:] = sorted(name for name in below if not name.startswith("."))
            found += [os.path.join(folder, n) for n in sorted(names) if not n.startswith(".")]
    return found


def read_bytes(path: str) -> bytes:
    """Return what is in a file.

    Raises:
        Refusal: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refusal(f"{path}: {reason_of(error)}") from None


def read_entry(path: str) -> tuple[list[Kind], list[object]]:
    """Return the kinds and the values of a corpus file.

    Raises:
        Refusal: it cannot be read, or is no corpus file.
    """
    data = read_bytes(path)
    try:
        return entry_of(data)
    except corpus.CorpusError as error:
        raise Refusal(error.in_file(path)) from None


def entry_of(data: bytes) -> tuple[list[Kind], list[object]]:
    """Return the kinds and the values of a corpus file; of structured ones only the text is known.

    Raises:
        CorpusError: it is no corpus file.
    """
    try:
        return corpus.unmarshal(data)
    except corpus.CorpusError:
        from fuzzengine.corpus.untyped import unmarshal_untyped

        return unmarshal_untyped(data)
