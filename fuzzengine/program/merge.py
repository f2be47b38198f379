"""Adds to a folder those inputs of other folders that reach more (`fuzzengine corpus merge`)."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.chdir import WorkingDirectory
from fuzzengine.corpus.encoding import CorpusError, check, unmarshal
from fuzzengine.corpus.entry import Entry, write_entry
from fuzzengine.corpus.files import CorpusCommandError, CorpusUsageError
from fuzzengine.corpus.formats import AFL, GO, HYPOTHESIS, LIBFUZZER, RAW, Input, read_inputs
from fuzzengine.corpus.minimize import minimal_cover
from fuzzengine.corpus.transfer import Conversion, convert, entry_data
from fuzzengine.program.measure import measure
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fuzzengine.campaign.options import Options, WorkerProgram
    from fuzzengine.corpus.minimize import MeasuredEntry
    from fuzzengine.types.kinds import Kind


class Merge:
    """Merges folders into the first of them.

    Args:
        base: the folder that relative paths start from.
        folders: the folders; the first need not exist.
        target: the format of new files in the first; "" for that of its files, or Go's.
        position: the argument that raw bytes are, from 1; 0 for the first that can hold them.
        dry: write nothing.

    Attributes:
        mistakes: one line for every input that cannot be used.
    """

    def __init__(
        self, base: str, folders: Sequence[str], target: str, position: int, *, dry: bool
    ) -> None:
        self._base = base
        self._into, *self._others = folders
        self._target = target
        self._position = position
        self._dry = dry
        self.mistakes: list[str] = []

    def run(self, name: str, options: Options, program: WorkerProgram) -> None:
        """Merge inputs of a fuzz test, and print what was added.

        Args:
            name: the fuzz test.
            options: those of its campaigns; their corpus is replaced.
            program: starts the workers.

        Raises:
            CorpusCommandError: the inputs cannot be executed or written.
            CorpusUsageError: the first folder is a database of Hypothesis.
        """
        kinds = options.kinds
        with WorkingDirectory(self._base):
            own = self._read([self._into] if os.path.isdir(self._into) else [], kinds)
            target = self._target or _format_beside(own.values())
            others = self._read(self._others, kinds)
        given = len(others)
        for data in own:
            others.pop(data, None)
        options.cache_dir = ""
        options.seeds = [
            Entry(one.path, data, is_seed=True) for data, one in [*own.items(), *others.items()]
        ]
        survey = measure(
            name,
            options,
            program,
            consequence="nothing was merged",
            of_failing="its coverage does not count",
        )
        paths = {one.path for one in own.values()}
        measured = [entry for entry in survey.measured if entry.path not in survey.failing]
        for entry in measured:
            entry.stays = entry.path in paths
        chosen = {entry.path for entry in minimal_cover(measured) if not entry.stays}
        before = _count_features(entry for entry in measured if entry.stays)
        after = _count_features(measured)
        added = {data: one for data, one in others.items() if one.path in chosen}
        if not self._dry:
            with WorkingDirectory(self._base):
                self._write(added, target, kinds)
        note = " (would be: nothing is written)" if self._dry else ""
        sys.stdout.write(
            f"{name}: {len(added)} of {given} inputs added to {self._into}: {len(own)} inputs -> "
            f"{len(own) + len(added)}, {before} coverage bits -> {after}{note}\n"
        )

    def _read(self, folders: Sequence[str], kinds: Sequence[Kind]) -> dict[bytes, Input]:
        """Return the inputs in folders by the content of their corpus files, each content once."""
        inputs, mistakes = read_inputs(folders, "", RAW)
        self.mistakes += mistakes
        found: dict[bytes, Input] = {}
        for one in inputs:
            try:
                found.setdefault(_fitting(one, kinds, self._position), one)
            except CorpusError as error:
                self.mistakes.append(error.in_file(one.path))
            except CorpusCommandError as error:
                self.mistakes.append(str(error))
        return found

    def _write(self, added: Mapping[bytes, Input], target: str, kinds: Sequence[Kind]) -> None:
        if target != GO:
            conversion = Conversion(kinds, self._position)
            self.mistakes += convert(list(added.values()), self._into, target, conversion)[1]
            return
        try:
            for data in added:
                write_entry(self._into, data)
        except OSError as error:
            raise CorpusCommandError(f"{self._into}: {reason_of(error)}") from None


def _fitting(one: Input, kinds: Sequence[Kind], position: int) -> bytes:
    """Return the content of the corpus file of an input for a fuzz test.

    Raises:
        CorpusError: the entry is for other arguments.
        CorpusCommandError: the input cannot be converted to these arguments.
    """
    data = one.data if one.source == GO else entry_data(one, Conversion(kinds, position))
    check(unmarshal(data, kinds)[0], kinds)
    return data


def _format_beside(inputs: Iterable[Input]) -> str:
    """Return the format for new files in the folder of some inputs.

    Raises:
        CorpusUsageError: they are in a database.
    """
    sources = {one.source for one in inputs}
    if HYPOTHESIS in sources:
        raise CorpusUsageError("cannot merge into a database; merge into a folder and export that")
    if not sources or GO in sources:
        return GO
    return AFL if AFL in sources else LIBFUZZER


def _count_features(entries: Iterable[MeasuredEntry]) -> int:
    reached = 0
    for entry in entries:
        reached |= entry.features
    return reached.bit_count()
