"""Converts inputs from one fuzzer's format to another's (`fuzzengine corpus import`, `export`)."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import CorpusError, marshal
from fuzzengine.corpus.entry import write_entry
from fuzzengine.corpus.files import CorpusCommandError, CorpusUsageError, files_below, read_bytes
from fuzzengine.corpus.formats import (
    AFL,
    AFL_PREFIXES,
    CRASHES,
    GO,
    HANGS,
    HYPOTHESIS,
    LIBFUZZER,
    RAW,
    Input,
)
from fuzzengine.types.choices import ChoicesType
from fuzzengine.types.kinds import ALL, BYTES, FLOAT64, INT32, STRING, UINT8, Kind
from scriptest.base.errors import reason_of
from scriptest.base.files import holds, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_KINDS = {kind.name: kind for kind in ALL}
_KINDS |= {"[]byte": BYTES, "bytes": BYTES, "str": STRING, "float": FLOAT64}
_KINDS |= {"byte": UINT8, "rune": INT32}
_KINDS["hypothesis"] = ChoicesType()
_TEXTUAL = (BYTES, STRING)
_NOUNS = {GO: "entries", HYPOTHESIS: "examples"}


def read_kinds(text: str) -> list[Kind]:
    """Parse a list of types such as `[]byte,int` (for -types); `hypothesis` for `@given`.

    Raises:
        ValueError: a type cannot be fuzzed.
    """
    kinds = []
    for name in text.split(","):
        if name.strip() not in _KINDS:
            raise ValueError(f"unknown type {name.strip()}; use {', '.join(sorted(_KINDS))}")
        kinds.append(_KINDS[name.strip()])
    return kinds


class Conversion:
    """The arguments of inputs, and which of them is the input of a fuzzer that has only bytes.

    Args:
        kinds: the types of the arguments; None for those of each input, or one of bytes.
        position: the argument with the raw bytes, from 1; 0 for the only one, or the first that can
            hold them.
    """

    def __init__(self, kinds: Sequence[Kind] | None = None, position: int = 0) -> None:
        self.kinds = list(kinds) if kinds else None
        self._position = position

    def typed(self, one: Input) -> tuple[list[Kind], list[object]]:
        """Return the types and the values of an input's arguments.

        Raises:
            CorpusCommandError: the input does not have the given types.
            CorpusUsageError: none of the given types can hold raw bytes.
        """
        if one.kinds is None:
            kinds = self.kinds or [BYTES]
            return kinds, self._with_bytes(kinds, one.data)
        kinds = self.kinds or one.kinds
        if one.source == HYPOTHESIS and len(kinds) == 1 and isinstance(kinds[0], ChoicesType):
            return kinds, [(None, tuple(one.values))]
        if len(one.values) != len(kinds):
            count = len(one.values)
            raise CorpusCommandError(f"{one.path}: {count} values do not fit {len(kinds)} types")
        for kind, found, value in zip(kinds, one.kinds, one.values, strict=True):
            objection = None if found is kind else kind.objection(value)
            if objection is not None:
                raise CorpusCommandError(f"{one.path}: {objection}")
        return kinds, one.values

    def _with_bytes(self, kinds: Sequence[Kind], data: bytes) -> list[object]:
        try:
            index = _textual_index(kinds, self._position)
        except ValueError as error:
            raise CorpusUsageError(f"-types: {error}") from None
        values = [kind.zero() for kind in kinds]
        is_bytes = kinds[index] is BYTES
        values[index] = data if is_bytes else data.decode("utf-8", "surrogateescape")
        return values

    def raw(self, one: Input) -> bytes:
        """Return the raw bytes of an input.

        Raises:
            CorpusCommandError: it has several arguments and none was chosen, or another type.
        """
        if one.kinds is None:
            return one.data
        if not self._position and len(one.kinds) != 1:
            raise CorpusCommandError(
                f"{one.path}: has {len(one.kinds)} arguments; choose one with -arg=N"
            )
        try:
            value = one.values[_textual_index(one.kinds, self._position)]
        except ValueError as error:
            raise CorpusCommandError(f"{one.path}: {error}") from None
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _textual_index(kinds: Sequence[Kind], position: int) -> int:
    """Return the index of the argument with the raw bytes.

    Raises:
        ValueError: no argument can hold raw bytes, or the chosen one cannot.
    """
    if not position:
        found = [index for index, kind in enumerate(kinds) if kind in _TEXTUAL]
        if not found:
            raise ValueError("no []byte or string among the arguments")
        return found[0]
    if position > len(kinds):
        raise ValueError(f"no argument {position}; there are {len(kinds)}")
    if kinds[position - 1] not in _TEXTUAL:
        raise ValueError(f"argument {position} is {kinds[position - 1].name}, not []byte or string")
    return position - 1


def convert(
    inputs: Sequence[Input], folder: str, target: str, conversion: Conversion, test: str = ""
) -> tuple[str, list[str]]:
    """Write inputs to a folder in the format of a fuzzer.

    Args:
        inputs: the inputs.
        folder: the folder, created when needed.
        target: the format.
        conversion: how arguments become raw bytes and back.
        test: the test that Hypothesis shall run them with, as `FILE::NAME`.

    Returns:
        A summary line, and one line for every input that cannot be converted.

    Raises:
        CorpusCommandError: the folder cannot be written.
        CorpusUsageError: Hypothesis is missing, or has no such test.
    """
    write = _writer(folder, target, conversion, test)
    written: set[str] = set()
    mistakes: list[str] = []
    for one in inputs:
        try:
            written.add(write(one))
        except CorpusUsageError:
            raise
        except (CorpusCommandError, CorpusError) as error:
            mistakes.append(str(error))
        except OSError as error:
            raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
    nouns = {_NOUNS.get(one.source, "files") for one in inputs}
    noun = "inputs" if len(nouns) > 1 else "".join(nouns) or "files"
    converted = f"{len(inputs) - len(mistakes)} {noun}"
    return f"{converted} -> {len(written)} {_NOUNS.get(target, 'files')} in {folder}\n", mistakes


def _writer(folder: str, target: str, conversion: Conversion, test: str) -> Callable[[Input], str]:
    """Return a function that writes an input and returns its identity in the folder."""
    if target == GO:
        return lambda one: write_entry(folder, entry_data(one, conversion))
    if target == HYPOTHESIS:
        return _HypothesisWriter(folder, conversion, test).write
    writers = {RAW: _RawWriter, LIBFUZZER: _LibFuzzerWriter, AFL: _AflWriter}
    return writers[target](folder, conversion).write


def entry_data(one: Input, conversion: Conversion) -> bytes:
    """Return the content of the corpus file of an input.

    Raises:
        CorpusCommandError: the input does not have the given types.
        CorpusError: a value cannot be written.
    """
    if one.source == GO and conversion.kinds is None:
        return one.data
    try:
        return marshal(*conversion.typed(one))
    except CorpusError as error:
        raise CorpusCommandError(f"{one.path}: {error}") from None


class _RawWriter:
    """Writes raw bytes to files that keep the names of the inputs."""

    def __init__(self, folder: str, conversion: Conversion) -> None:
        self.folder = folder
        self.conversion = conversion
        self._sources: dict[str, str] = {}

    def write(self, one: Input) -> str:
        """Write an input; return the path."""
        raw = self.conversion.raw(one)
        path = os.path.join(
            self.folder, one.name.replace(":", "_") if os.name == "nt" else one.name
        )
        other = self._sources.setdefault(path, one.path)
        if other != one.path and not holds(path, raw):
            raise CorpusCommandError(
                f"{one.path}: {other} has the same name; export it elsewhere or with -to=libfuzzer"
            )
        os.makedirs(self.folder, exist_ok=True)
        write_file(path, raw)
        return path


class _LibFuzzerWriter(_RawWriter):
    """Writes raw bytes to files that are named by their SHA-1, as libFuzzer does."""

    def write(self, one: Input) -> str:
        """Write an input; return the path."""
        from hashlib import sha1

        raw = self.conversion.raw(one)
        prefix = {CRASHES: "crash-", HANGS: "timeout-"}.get(one.verdict, "")
        path = os.path.join(self.folder, prefix + sha1(raw, usedforsecurity=False).hexdigest())
        os.makedirs(self.folder, exist_ok=True)
        write_file(path, raw)
        return path


class _AflWriter(_RawWriter):
    """Writes raw bytes to numbered files in the folders `queue`, `crashes` and `hangs`."""

    def __init__(self, folder: str, conversion: Conversion) -> None:
        super().__init__(folder, conversion)
        self._paths: dict[str, dict[bytes, str]] = {}  # folder -> content -> file
        self._next: dict[str, int] = {}

    def write(self, one: Input) -> str:
        """Write an input, unless the folder has one of this content; return the path."""
        raw = self.conversion.raw(one)
        folder = os.path.join(self.folder, one.verdict)
        if folder not in self._paths:
            os.makedirs(folder, exist_ok=True)
            self._scan(folder)
        known = self._paths[folder]
        if raw not in known:
            number = self._next[folder]
            separator = "_" if os.name == "nt" else ":"
            name = f"id{separator}{number:06},orig{separator}{_plain(one.name)}"
            known[raw] = os.path.join(folder, name)
            self._next[folder] = number + 1
            write_file(known[raw], raw)
        return known[raw]

    def _scan(self, folder: str) -> None:
        """Note the inputs and the highest number in a folder."""
        self._paths[folder], self._next[folder] = {}, 0
        for path in files_below(folder):
            name = os.path.basename(path)
            if name.startswith(AFL_PREFIXES):
                self._paths[folder][read_bytes(path)] = path
                digits = name[3:9]
                number = int(digits) + 1 if digits.isdecimal() else 0
                self._next[folder] = max(self._next[folder], number)


def _plain(name: str) -> str:
    """Return a name without the characters that separate the parts of a name of AFL."""
    return name.replace(",", "_").replace(":", "_")


def choices_in(one: Input) -> list[object]:
    """Return all choices of an input of a test with `@given`.

    Raises:
        CorpusCommandError: it has structured arguments, or only a part of the choices.
    """
    from fuzzengine.types.notation import ReadError, parse

    try:
        seed, choices = ChoicesType().read(parse(str(one.values[0]).encode()))
    except ReadError:
        raise CorpusCommandError(
            f"{one.path}: only arguments of Go's types become examples"
        ) from None
    if seed is not None:
        raise CorpusCommandError(f"{one.path}: only choices(..., stored=True) become an example")
    return list(choices)


class _HypothesisWriter:
    """Stores inputs in an example database, as examples of one test."""

    def __init__(self, folder: str, conversion: Conversion, test: str) -> None:
        from fuzzengine.corpus.hypothesis_database import TestExamples

        self._conversion = conversion
        self._examples = TestExamples(folder, test)
        self._folder = folder

    def write(self, one: Input) -> str:
        """Store an input; return its content as text."""
        from fuzzengine.corpus.hypothesis_database import encode

        kinds, values = self._conversion.typed(one)
        if any(kind.is_structured for kind in kinds):
            values = choices_in(one)
        example = encode(values)
        if not self._examples.write(example):
            raise CorpusCommandError(f"{self._folder}: the database cannot be written")
        return example.hex()
