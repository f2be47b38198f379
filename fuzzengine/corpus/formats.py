"""Reads inputs in the formats of several fuzzers: Go, raw files, libFuzzer, AFL, Hypothesis."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import HEADER, CorpusError
from fuzzengine.corpus.entry import entry_name
from fuzzengine.corpus.files import (
    CorpusCommandError,
    entry_of,
    files_below,
    named_files,
    read_bytes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fuzzengine.types.kinds import Kind

GO, RAW, LIBFUZZER, AFL, HYPOTHESIS = "go", "raw", "libfuzzer", "afl", "hypothesis"
FORMATS = (GO, RAW, LIBFUZZER, AFL, HYPOTHESIS)

QUEUE, CRASHES, HANGS = "queue", "crashes", "hangs"
"""The verdicts on inputs, named as AFL's folders."""

_LIBFUZZER_VERDICTS = {
    "crash-": CRASHES,
    "leak-": CRASHES,
    "oom-": CRASHES,
    "timeout-": HANGS,
}
AFL_PREFIXES = ("id:", "id_")
_AFL_FOLDERS = (QUEUE, CRASHES, HANGS)


def read_format(text: str) -> str:
    """Read the name of a format (for -from and -to).

    Raises:
        ValueError: there is no such format.
    """
    if text not in FORMATS:
        raise ValueError(f"want one of {', '.join(FORMATS)}")
    return text


class Input:
    """An input in any format: raw bytes, or the values of several arguments.

    Attributes:
        path: the file, or a description of the place.
        source: the format.
        verdict: QUEUE, CRASHES or HANGS: what another fuzzer says about it.
        data: the content of the file.
        kinds: the types of the values; None for raw bytes.
        values: the values; of a structured kind the text of the line.
    """

    __slots__ = ("data", "kinds", "path", "source", "values", "verdict")

    def __init__(
        self,
        path: str,
        source: str,
        data: bytes,
        typed: tuple[list[Kind], list[object]] | None = None,
    ) -> None:
        self.path = path
        self.source = source
        self.data = data
        self.verdict = _verdict(path, source)
        self.kinds = typed[0] if typed else None
        self.values = typed[1] if typed else []

    @property
    def name(self) -> str:
        """The last part of the path."""
        return os.path.basename(self.path)


def _verdict(path: str, source: str) -> str:
    name = os.path.basename(path)
    if source == AFL:
        folder = _afl_folder(path)
        return folder if folder in _AFL_FOLDERS else QUEUE
    if source in (RAW, LIBFUZZER):
        for prefix, verdict in _LIBFUZZER_VERDICTS.items():
            if name.startswith(prefix):
                return verdict
    return QUEUE


def read_inputs(
    arguments: Sequence[str], source: str, otherwise: str, test: str = ""
) -> tuple[list[Input], list[str]]:
    """Read all inputs in files and folders.

    Args:
        arguments: the files and folders.
        source: their format; "" to recognize it for each.
        otherwise: the format of a file that is not recognized, GO or RAW.
        test: the test whose examples are read from databases of Hypothesis; "" for all.

    Returns:
        The inputs, and one line for each file that cannot be read.

    Raises:
        CorpusCommandError: a file or folder does not exist.
    """
    inputs: list[Input] = []
    mistakes: list[str] = []
    for argument in arguments:
        found = source or _format_of_place(argument)
        if found == HYPOTHESIS and test and os.path.isdir(argument):
            found_inputs, found_mistakes = _examples_of(argument, test)
            inputs += found_inputs
            mistakes += found_mistakes
            continue
        for path in _files(argument, found):
            try:
                inputs.append(_read(path, found, otherwise))
            except CorpusCommandError as error:
                mistakes.append(str(error))
    return inputs, mistakes


def _format_of_place(argument: str) -> str:
    """Return the format that the place of files tells, or ""."""
    from fuzzengine.corpus.hypothesis_database import is_database

    if is_database(argument):
        return HYPOTHESIS
    return AFL if any(_is_of_afl(path) for path in _files(argument, AFL)) else ""


def _files(argument: str, source: str) -> list[str]:
    if not os.path.isdir(argument):
        return named_files([argument])
    if source == AFL:
        found = files_below(argument)
        return [path for path in found if os.path.basename(path).startswith(AFL_PREFIXES)]
    if source == HYPOTHESIS:
        from fuzzengine.corpus.hypothesis_database import example_files

        return example_files(argument)
    return files_below(argument)


def _is_of_afl(path: str) -> bool:
    """Return whether a file has a name and a folder as in the output folder of AFL."""
    return os.path.basename(path).startswith(AFL_PREFIXES) and _afl_folder(path) in _AFL_FOLDERS


def _afl_folder(path: str) -> str:
    """Return the name of a file's folder, without the time that AFL adds on a second run."""
    return os.path.basename(os.path.dirname(os.path.abspath(path))).partition(".")[0]


def _read(path: str, source: str, otherwise: str) -> Input:
    data = read_bytes(path)
    if not source:
        source = GO if data.split(b"\n", 1)[0].removesuffix(b"\r") == HEADER else otherwise
    if source == GO:
        try:
            return Input(path, source, data, entry_of(data))
        except CorpusError as error:
            raise CorpusCommandError(error.in_file(path)) from None
    if source == HYPOTHESIS:
        return _example(path, data)
    return Input(path, source, data)


def _example(path: str, data: bytes) -> Input:
    from fuzzengine.corpus.hypothesis_database import decode

    typed = decode(data)
    if typed is None:
        raise CorpusCommandError(f"{path}: not an example of this version of Hypothesis")
    return Input(path, HYPOTHESIS, data, typed)


def _examples_of(folder: str, test: str) -> tuple[list[Input], list[str]]:
    from fuzzengine.corpus.hypothesis_database import TestExamples

    inputs: list[Input] = []
    mistakes: list[str] = []
    for data in _unique(TestExamples(folder, test).read()):
        try:
            inputs.append(_example(os.path.join(folder, entry_name(data)), data))
        except CorpusCommandError as error:
            mistakes.append(str(error))
    return inputs, mistakes


def _unique(examples: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(examples))
