"""Corpus mode of `f.fuzz`: minimizes, merges, migrates or measures the corpora of fuzz tests."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import FAILED, USAGE, gravest
from fuzzengine.base.paths import CORPUS_FOLDER
from fuzzengine.corpus.encoding import HEADER, CorpusError, printable, unmarshal
from fuzzengine.corpus.entry import Entry, entry_name, read_cache, write_entry
from fuzzengine.corpus.files import CorpusCommandError, CorpusUsageError, entry_of, read_bytes
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import F, run_fuzz_test
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.campaign.tasks import Crash
    from fuzzengine.program.coordinator_mode import PythonSetup
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.target import Target

MIGRATE, ACCEPTS, CRASH, MERGE, COVER = "migrate", "accepts", "crash", "merge", "cover"
TABLE = "table"
_DRY = "dry"


def run_job(flags: ProgramFlags, chosen: Sequence[tuple[str, Any]], setup: PythonSetup) -> int:
    """Do the job of `-test.corpusjob` for every chosen fuzz test; return the exit status.

    The value of the flag is the job and its arguments, one per line.

    Args:
        flags: the flags of the test program.
        chosen: the fuzz tests.
        setup: prepares campaigns.
    """
    job, *arguments = flags.corpusjob.split("\n")
    if job == ACCEPTS:
        return _check_types(chosen, arguments[0])
    if job == TABLE:
        return _tell_tables(chosen)
    if not chosen:
        sys.stderr.write(f"{_command(job)}: no fuzz test matches -fuzz={flags.fuzz}\n")
        return USAGE
    if job == MERGE and len(chosen) > 1:
        names = ", ".join(name for name, _ in chosen)
        sys.stderr.write(f"{_command(job)}: name one of {names} with -fuzz\n")
        return USAGE
    corpus_job = _CorpusJob(flags, job, arguments, setup)
    passed = True
    for name, function in chosen:
        f = F(name, Printer(sys.stdout, verbose=False), corpus_job.drive)
        passed &= run_fuzz_test(f, function)
    return corpus_job.status if passed else FAILED


def _command(job: str) -> str:
    """Return the command that the user typed for a job."""
    return "fuzzengine cover" if job == COVER else f"fuzzengine corpus {job}"


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
        if any(kind.is_structured for kind in target.kinds) and wanted != "hypothesis":
            hint = "files of raw bytes cannot be converted to that"
        else:
            hint = f"use -types={wanted}"
        complaints.append(f"{f.name()} takes {wanted}, not {names}; {hint}\n")

    for name, function in chosen:
        run_fuzz_test(F(name, Printer(sys.stdout, verbose=False), drive), function)
    sys.stderr.writelines(complaints)
    return USAGE if complaints else 0


def _tell_tables(chosen: Sequence[tuple[str, Any]]) -> int:
    """Print the event `table` for each fuzz test: what its coverage table is; return the status.

    The table depends on what was imported before, so that only that of the first one is the table
    of a campaign.
    """
    from fuzzengine.campaign.event_data import modules_of
    from fuzzengine.instrument.coverage import COVERAGE, SPARE, bit_numbers, table_digest
    from fuzzengine.report.events import Events

    def drive(f: F, _: Target) -> None:
        table = COVERAGE.freeze()
        Events(f.name(), sys.stdout.write).emit(
            "table",
            Table=table_digest(table),
            Counters=COVERAGE.size - SPARE,
            Before=bit_numbers(COVERAGE.snapshot()),
            Modules=[[name, file, part.start, part.stop] for name, file, part in modules_of(table)],
        )

    passed = True
    for name, function in chosen:
        passed &= run_fuzz_test(F(name, Printer(sys.stdout, verbose=False), drive), function)
    return 0 if passed else 1


class _CorpusJob:
    """A job for fuzz tests.

    Attributes:
        status: the exit status.
    """

    def __init__(
        self, flags: ProgramFlags, job: str, arguments: Sequence[str], setup: PythonSetup
    ) -> None:
        self.status = 0
        self._setup = setup
        self._flags = flags
        self._job = job
        self._arguments = arguments

    def drive(self, f: F, target: Target) -> None:
        """Do the job for one fuzz test."""
        try:
            if self._job == MIGRATE:
                self._migrate(f.name(), target)
            elif self._job == MERGE:
                self._merge(f, target)
            elif self._job == COVER:
                self._cover(f, target)
            elif CRASH in self._arguments:
                self._minimize_crash(f.name(), target, self._arguments[-1])
            else:
                self._minimize(f, target)
        except CorpusUsageError as error:
            self._refuse(str(error), USAGE)
        except CorpusCommandError as error:
            self._refuse(str(error))

    def _refuse(self, text: str, status: int = FAILED) -> None:
        self.status = gravest(self.status, status)
        sys.stderr.write(f"{_command(self._job)}: {text}\n")

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

    def _merge(self, f: F, target: Target) -> None:
        from fuzzengine.program.merge import Merge

        dry, target_format, position, base, *folders = self._arguments
        merge = Merge(base, folders, target_format, int(position), dry=dry == _DRY)
        options = self._setup.options(f, target, self._flags)
        merge.run(f.name(), options, self._setup.program(f.name(), self._flags))
        for line in merge.mistakes:
            self._refuse(line)

    def _cover(self, f: F, target: Target) -> None:
        from fuzzengine.program.cover_mode import store_reach

        options = self._setup.options(f, target, self._flags)
        program = self._setup.program(f.name(), self._flags)
        try:
            store_reach(f.name(), options, program, self._arguments[0])
        except OSError as error:
            raise CorpusCommandError(f"{f.name()}: {reason_of(error)}") from None

    def _minimize(self, f: F, target: Target) -> None:
        from fuzzengine.corpus.minimize import minimal_cover
        from fuzzengine.program.measure import measure

        name = f.name()
        survey = measure(
            name,
            self._setup.options(f, target, self._flags),
            self._setup.program(name, self._flags),
            consequence="nothing was removed",
            of_failing="it stays",
        )
        kept = {entry.path for entry in minimal_cover(survey.measured)}
        folder = os.path.join(self._flags.fuzzcachedir, name)
        cached, _ = read_cache(folder, target.kinds)
        redundant = [entry.path for entry in cached if entry.path not in kept]
        if _DRY not in self._arguments:
            try:
                for path in redundant:
                    os.unlink(path)
            except OSError as error:
                raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
        left = len(cached) - len(redundant)
        note = " (would be: nothing is removed)" if _DRY in self._arguments else ""
        sys.stdout.write(f"{name}: {len(cached)} cached entries -> {left}{note}\n")

    def _minimize_crash(self, name: str, target: Target, path: str) -> None:
        """Replace a failing input by the smallest one that fails in the same way."""
        path = os.path.relpath(path)
        crash = self._smallest(name, target, path)
        data = crash.entry.load()
        before = os.path.getsize(path)
        if len(data) >= before:
            reason = "no smaller input fails in the same way"
            if crash.failure.ended_worker:
                reason = "an input that ends its worker is not minimized"
            sys.stdout.write(f"{path}: {before} bytes; {reason}\n")
            return
        smaller = os.path.join(os.path.dirname(path), entry_name(data))
        note = " (would be: nothing is written)" if _DRY in self._arguments else ""
        if not note:
            try:
                write_entry(os.path.dirname(path), data)
                os.unlink(path)
            except OSError as error:
                raise CorpusCommandError(f"{smaller}: {reason_of(error)}") from None
        sys.stdout.write(f"{path}: {before} bytes -> {smaller}: {len(data)} bytes{note}\n")
        for line in self._setup.arguments(name, target, data):
            sys.stdout.write(f"    {line}\n")

    def _smallest(self, name: str, target: Target, path: str) -> Crash:
        """Return a failing input, minimized.

        Raises:
            CorpusCommandError: the input cannot be read, passes, or cannot be executed.
        """
        from fuzzengine.campaign.loop import WorkerPool
        from fuzzengine.campaign.minimize_crash import MinimizeCrash
        from fuzzengine.campaign.options import Options
        from fuzzengine.campaign.tasks import CampaignError

        options = Options(target.kinds, "", "")
        options.seeds = [Entry(path, read_bytes(path), is_seed=True)]
        options.minimize_timeout = self._flags.fuzzminimizetime.duration
        options.minimize_limit = self._flags.fuzzminimizetime.count
        try:
            campaign = MinimizeCrash(options)
            program = self._setup.program(name, self._flags)
            WorkerPool(campaign, program, lambda _: None).run()
        except OSError as error:
            raise CorpusCommandError(str(error)) from None
        failure = campaign.finish()
        if isinstance(failure, CampaignError):
            raise CorpusCommandError(f"{path}: {failure}")
        if failure is None:
            raise CorpusCommandError(f"{path}: it does not fail, so it cannot be made smaller")
        return failure


def _read_value(text: str, *, structured: bool) -> tuple[Any, object]:
    read = entry_of if structured else unmarshal
    try:
        kinds, values = read(HEADER + b"\n" + text.encode())
    except CorpusError as error:
        raise CorpusCommandError(f"-new {text}: {printable(error.text)}") from None
    if len(kinds) != 1:
        raise CorpusCommandError(f"-new {text}: want one value such as int(5)")
    return kinds[0], values[0]
