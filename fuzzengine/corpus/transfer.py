"""Converts files of raw bytes to corpus entries and back (`fuzzengine corpus import`, `export`).

libFuzzer, AFL++ and OSS-Fuzz store an input as raw bytes.
"""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import write_entry
from fuzzengine.corpus.files import CorpusCommandError, named_files, read_bytes, read_entry
from fuzzengine.types.kinds import ALL, BYTES, FLOAT64, INT32, STRING, UINT8, Kind
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {kind.name: kind for kind in ALL}
_KINDS |= {"[]byte": BYTES, "bytes": BYTES, "str": STRING, "float": FLOAT64}
_KINDS |= {"byte": UINT8, "rune": INT32}
_TEXTUAL = (BYTES, STRING)


def read_kinds(text: str) -> list[Kind]:
    """Parse a list of types such as `[]byte,int` (for -types).

    Raises:
        ValueError: a type cannot be fuzzed.
    """
    kinds = []
    for name in text.split(","):
        if name.strip() not in _KINDS:
            raise ValueError(f"unknown type {name.strip()}; use {', '.join(sorted(_KINDS))}")
        kinds.append(_KINDS[name.strip()])
    return kinds


def import_raw(
    arguments: Sequence[str], folder: str, kinds: Sequence[Kind], position: int
) -> tuple[str, list[str]]:
    """Write an entry for every file of raw bytes.

    Args:
        arguments: the files, or folders of them.
        folder: the folder for the entries, which are named by their content.
        kinds: the types of an entry's arguments; all but the one with the bytes are zero.
        position: the argument that gets the bytes, from 1; 0 for the first that can.

    Returns:
        A summary line, and one line for every file that cannot be read.

    Raises:
        CorpusCommandError: no argument can hold bytes, or the folder cannot be written.
    """
    index = _textual_index(kinds, position, "-types")
    written, mistakes = set(), []
    paths = named_files(arguments)
    for path in paths:
        values = [kind.zero() for kind in kinds]
        try:
            raw = read_bytes(path)
        except CorpusCommandError as error:
            mistakes.append(str(error))
            continue
        values[index] = raw if kinds[index] is BYTES else raw.decode("utf-8", "surrogateescape")
        try:
            written.add(write_entry(folder, marshal(kinds, values)))
        except OSError as error:
            raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
    return f"{len(paths) - len(mistakes)} files -> {len(written)} entries in {folder}\n", mistakes


def export_raw(arguments: Sequence[str], folder: str, position: int) -> tuple[str, list[str]]:
    """Write the raw bytes of one argument of every entry to a file of the entry's name.

    Args:
        arguments: the entries, or folders of them.
        folder: the folder for the files.
        position: the argument, from 1; 0 for the only one.

    Returns:
        A summary line, and one line for every entry that cannot be exported.

    Raises:
        CorpusCommandError: the folder cannot be written.
    """
    names: dict[str, str] = {}
    mistakes = []
    for path in named_files(arguments):
        try:
            raw = _raw_bytes(path, position)
            name = os.path.basename(path)
            other = names.get(name)
            if other and read_bytes(path) != read_bytes(other):
                raise CorpusCommandError(f"{path}: {other} has the same name; export it elsewhere")
        except CorpusCommandError as error:
            mistakes.append(str(error))
            continue
        names[name] = path
        try:
            os.makedirs(folder, exist_ok=True)
            write_file(os.path.join(folder, name), raw)
        except OSError as error:
            raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
    return f"{len(names)} entries -> {len(names)} files in {folder}\n", mistakes


def _raw_bytes(path: str, position: int) -> bytes:
    kinds, values = read_entry(path)
    if not position and len(kinds) != 1:
        raise CorpusCommandError(f"{path}: has {len(kinds)} arguments; choose one with -arg=N")
    value = values[_textual_index(kinds, position, path)]
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _textual_index(kinds: Sequence[Kind], position: int, where: str) -> int:
    if not position:
        found = [index for index, kind in enumerate(kinds) if kind in _TEXTUAL]
        if not found:
            raise CorpusCommandError(f"{where}: no []byte or string among the arguments")
        return found[0]
    if not 1 <= position <= len(kinds):
        raise CorpusCommandError(f"{where}: no argument {position}; there are {len(kinds)}")
    if kinds[position - 1] not in _TEXTUAL:
        name = kinds[position - 1].name
        raise CorpusCommandError(f"{where}: argument {position} is {name}, not []byte or string")
    return position - 1
