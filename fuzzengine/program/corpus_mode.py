"""Corpus mode of `f.fuzz`: minimizes or migrates the corpora of fuzz tests."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import USAGE
from fuzzengine.corpus.encoding import HEADER, CorpusError, printable, unmarshal
from fuzzengine.corpus.entry import CorpusReadError, read_cache
from fuzzengine.corpus.files import CorpusCommandError, entry_of
from fuzzengine.program.seed_mode import CORPUS_FOLDER
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import F, run_fuzz_test
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.corpus.minimize import MeasuredEntry
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.target import Target

MIGRATE, ACCEPTS = "migrate", "accepts"


def run_job(flags: ProgramFlags, chosen: Sequence[tuple[str, Any]]) -> int:
    """Do the job of `-test.corpusjob` for every chosen fuzz test; return the exit status.

    The value of the flag is the job and its arguments, one per line.
    """
    job, *arguments = flags.corpusjob.split("\n")
    if job == ACCEPTS:
        return _check_types(chosen, arguments[0])
    if not chosen:
        sys.stderr.write(f"fuzzengine corpus {job}: no fuzz test matches -fuzz={flags.fuzz}\n")
        return 1
    corpus_job = _CorpusJob(flags, job, arguments)
    passed = True
    for name, function in chosen:
        f = F(name, Printer(sys.stdout, verbose=False), corpus_job.drive)
        passed &= run_fuzz_test(f, function)
    return 0 if passed and not corpus_job.refused else 1


def _check_types(chosen: Sequence[tuple[str, Any]], names: str) -> int:
    """Return USAGE, after a line that says why, if a fuzz test takes other types; else 0.

    Args:
        chosen: the fuzz tests.
        names: the names of the types, separated by commas.
    """
    complaints: list[str] = []

    def drive(f: F, target: Target) -> None:
        wanted = ",".join(kind.name for kind in target.kinds)
        if wanted == names:
            return
        if any(kind.is_structured for kind in target.kinds):
            hint = "files of raw bytes cannot be converted to that"
        else:
            hint = f"use -types={wanted}"
        complaints.append(f"{f.name()} takes {wanted}, not {names}; {hint}\n")

    for name, function in chosen:
        run_fuzz_test(F(name, Printer(sys.stdout, verbose=False), drive), function)
    sys.stderr.writelines(complaints)
    return USAGE if complaints else 0


class _CorpusJob:
    """A job for fuzz tests.

    Attributes:
        refused: a part of it was refused.
    """

    def __init__(self, flags: ProgramFlags, job: str, arguments: Sequence[str]) -> None:
        self.refused = False
        self._flags = flags
        self._job = job
        self._arguments = arguments

    def drive(self, f: F, target: Target) -> None:
        """Do the job for one fuzz test."""
        try:
            if self._job == MIGRATE:
                self._migrate(f.name(), target)
            else:
                self._minimize(f, target)
        except CorpusCommandError as error:
            self._refuse(str(error))

    def _refuse(self, text: str) -> None:
        self.refused = True
        sys.stderr.write(f"fuzzengine corpus {self._job}: {text}\n")

    def _migrate(self, name: str, target: Target) -> None:
        from fuzzengine.corpus.migrate import migrate_folder

        structured = any(kind.is_structured for kind in target.kinds)
        defaults = [_read_value(text, structured=structured) for text in self._arguments]
        for folder in (CORPUS_FOLDER, self._flags.fuzzcachedir):
            if os.path.isdir(os.path.join(folder, name)):
                path = os.path.join(folder, name)
                text, refused = migrate_folder(path, target.kinds, defaults)
                sys.stdout.write(text)
                for line in refused:
                    self._refuse(line)

    def _minimize(self, f: F, target: Target) -> None:
        from fuzzengine.corpus.minimize import minimal_cover

        name = f.name()
        measured = self._survey(f, target)
        kept = {entry.path for entry in minimal_cover(measured)}
        folder = os.path.join(self._flags.fuzzcachedir, name)
        cached, _ = read_cache(folder, target.kinds)
        redundant = [entry.path for entry in cached if entry.path not in kept]
        if "dry" not in self._arguments:
            try:
                for path in redundant:
                    os.unlink(path)
            except OSError as error:
                raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
        left = len(cached) - len(redundant)
        note = " (would be: nothing is removed)" if "dry" in self._arguments else ""
        sys.stdout.write(f"{name}: {len(cached)} cached entries -> {left}{note}\n")

    def _survey(self, f: F, target: Target) -> list[MeasuredEntry]:
        from fuzzengine.campaign.loop import WorkerPool
        from fuzzengine.campaign.survey import Survey
        from fuzzengine.instrument.coverage import COVERAGE
        from fuzzengine.program.coordinator_mode import options_of, worker_program

        options = options_of(f, target, self._flags)
        options.timeout = options.limit = options.minimize_timeout = options.minimize_limit = 0
        table = COVERAGE.freeze()
        options.coverage_size = COVERAGE.size
        try:
            survey = Survey(options)
            program = worker_program(f.name(), self._flags, table)
            WorkerPool(survey, program, lambda _: None).run()
        except (OSError, CorpusReadError) as error:
            raise CorpusCommandError(str(error)) from None
        if survey.failure is not None or not survey.complete:
            raise CorpusCommandError(
                f"{f.name()}: {survey.failure or 'interrupted'}; nothing was removed"
            )
        for path in survey.failing:
            sys.stdout.write(f"{f.name()}: {path} fails; it stays\n")
        if survey.measured and not any(entry.features for entry in survey.measured):
            raise CorpusCommandError(
                f"{f.name()}: no code is instrumented, so coverage is unknown; name packages "
                "with -cover"
            )
        return survey.measured


def _read_value(text: str, *, structured: bool) -> tuple[Any, object]:
    read = entry_of if structured else unmarshal
    try:
        kinds, values = read(HEADER + b"\n" + text.encode())
    except CorpusError as error:
        raise CorpusCommandError(f"-new {text}: {printable(error.text)}") from None
    if len(kinds) != 1:
        raise CorpusCommandError(f"-new {text}: want one value such as int(5)")
    return kinds[0], values[0]
