"""Coordinator mode of `f.fuzz`: runs a campaign and reports its outcome."""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.base import tempdir
from fuzzengine.base.chdir import WorkingDirectory
from fuzzengine.base.errors import EXIT_STATUS, FAILED, CannotRun, exhaustion
from fuzzengine.base.paths import CORPUS_FOLDER
from fuzzengine.campaign import event_data, summary
from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.loop import WorkerPool, worker_command
from fuzzengine.campaign.options import Limits, Options, WorkerProgram
from fuzzengine.campaign.rerun import rerun
from fuzzengine.campaign.tasks import CampaignError, Crash, SeedFailure
from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import CorpusReadError, entry_name, write_entry
from fuzzengine.ipc import result_file, signals
from fuzzengine.program import variables
from fuzzengine.program.flags import NOCOVER_ALL
from fuzzengine.program.seed_mode import collect, refuse
from fuzzengine.report import lines
from fuzzengine.report.events import Events
from fuzzengine.testing.common import indented
from fuzzengine.testing.fuzz import ADD_AFTER_FUZZ, F, run_fuzz_test
from fuzzengine.testing.late_add import late_add
from fuzzengine.types.kinds import has_valid_texts
from scriptest.base.errors import reason_of
from scriptest.base.files import holds
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.corpus.entry import Entry
    from fuzzengine.findings.reproducer import Reproducer
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.common import Printer
    from fuzzengine.testing.target import Target


class CampaignOutcome:
    """The outcome of a campaign.

    Attributes:
        count: executions.
        interesting: new inputs.
        duration: nanoseconds.
        budget_time: nanoseconds that count against the time limit.
        may_go_on: it ended at its limits or with failing inputs, so another one makes sense.
        interrupted: the user ended it.
        empty_corpus: only the corpus was to be executed, and it is empty.
        cannot_run: the resource that was exhausted, so that it could not go on, or "".
        status: the exit status for its failures; 0 without one.
        failing: the name of a failing input in the seed corpus that left its worker alive, or "".
    """

    def __init__(self) -> None:
        self.count = self.interesting = self.duration = self.budget_time = 0
        self.may_go_on = self.interrupted = self.empty_corpus = False
        self.cannot_run = self.failing = ""
        self.status = 0


def not_executed(name: str, *, interrupted: bool) -> str:
    """Return the complaint about a fuzz test of which not one input was executed."""
    reason = "the run was interrupted first" if interrupted else "its worker ended first"
    return f"fuzz: {name}: no input was executed: {reason}\n"


class PythonSetup:
    """Prepares the campaigns of Python fuzz tests; a subclass does that for another language.

    Args:
        coverage: the counters of this process.
    """

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage

    def options(self, f: F, target: Target, flags: ProgramFlags) -> Options:
        """Return the options of a campaign, with its seeds and its coverage.

        Raises:
            FailNow: a seed does not fit the target; the log names it.
        """
        options = options_of(f, target, flags)
        options.seeds = collect(f, target)
        options.valid_text = not (_follows_go(flags) or flags.surrogates) and all(
            has_valid_texts(tuple(entry.values or ())) for entry in options.seeds
        )
        _encode(options.seeds, target)
        options.table = self._coverage.freeze()
        if NOCOVER_ALL not in flags.nocover:
            options.coverage_size = self._coverage.size
            options.before = self._coverage.snapshot()
        return options

    def program(self, fuzz_test: str, flags: ProgramFlags) -> WorkerProgram:
        """Return how the workers of a fuzz test are started."""
        command = worker_command(fuzz_test)
        return WorkerProgram(command, limits_of(flags), self._coverage.freeze())

    def arguments(self, fuzz_test: str, target: Target, data: bytes) -> Sequence[str]:
        """Return a line for each argument in a corpus file."""
        from fuzzengine.findings.reproducer import Reproducer

        return Reproducer(fuzz_test, target).arguments(data)

    def recorder(self, f: F, target: Target, options: Options, flags: ProgramFlags) -> Recorder:
        """Return the recorder of failing inputs."""
        return Recorder(target, f.name(), options, flags)

    def finish(self, options: Options, campaign: Campaign) -> None:
        """Finish a campaign before its last event is sent."""


def coordinator_driver(
    flags: ProgramFlags,
    setup: PythonSetup,
    outcome: CampaignOutcome,
    *,
    tests: int = 1,
    announced: set[str] | None = None,
) -> Callable[[F, Target], None]:
    """Return the driver of `f.fuzz` that runs a campaign and fills in its outcome.

    Args:
        flags: the flags of the test program.
        setup: prepares the campaign.
        outcome: filled in at the end.
        tests: the number of fuzz tests that share the run.
        announced: the buckets that earlier shares of the fuzz test have printed; those of this
            one are added.
    """

    def drive(f: F, target: Target) -> None:
        late = late_add(f)
        if late:
            refuse(f, late, ADD_AFTER_FUZZ)
        options = setup.options(f, target, flags)
        options.live = flags.fuzzlive
        options.tests = tests
        if announced is not None:
            options.announced = announced
        if flags.fuzzevents:
            options.events = Events(f.name(), _write, flags.fuzzevents)
        try:
            with WorkingDirectory(f.folder):
                recorder = setup.recorder(f, target, options, flags)
                text, signal = _run_campaign(setup, recorder, options, flags, outcome)
        except OSError as error:
            text, signal = f"{error}\n", ""
            outcome.cannot_run = exhaustion(error)
            outcome.status = EXIT_STATUS
        except CorpusReadError as error:
            text, signal = f"{error}\n", ""
            outcome.status = EXIT_STATUS
        if outcome.cannot_run:
            return
        if text:
            f._fail()
            f._output.append(indented(visible(text)))
        if signal:
            signals.end_by_signal(signal)

    return drive


def fuzz_one(
    name: str,
    function: Callable[[F], object],
    flags: ProgramFlags,
    setup: PythonSetup,
    printer: Printer,
) -> int:
    """Fuzz one fuzz test; return the exit status.

    Raises:
        CannotRun: a resource is exhausted.
    """
    outcome = CampaignOutcome()
    f = F(name, printer, coordinator_driver(flags, setup, outcome))
    passed = run_fuzz_test(f, function)
    if outcome.cannot_run:
        raise CannotRun(outcome.cannot_run)
    if outcome.failing and flags.pdb:
        from fuzzengine.program.debugger import debug_entry

        debug_entry(function, name, outcome.failing, flags.detect)
    if printer.verbose:
        printer.update("", "=== NAME  \n")
    if passed and not (outcome.count or outcome.empty_corpus or f.skipped()):
        sys.stderr.write(not_executed(name, interrupted=outcome.interrupted))
        return FAILED if outcome.interrupted else EXIT_STATUS
    if passed and f.skipped() and not (outcome.count or variables.is_go_test()):
        sys.stderr.write(f"fuzz: {name} was skipped: no input was executed\n")
    return 0 if passed else outcome.status or FAILED


def _encode(seeds: Sequence[Entry], target: Target) -> None:
    """Turn the values of seeds into bytes."""
    for entry in seeds:
        if entry.data is None and entry.values is not None:
            entry.data = marshal(target.kinds, entry.values)
        entry.values = None


def _follows_go(flags: ProgramFlags) -> bool:
    return flags.gocompat or variables.is_go_test()


def options_of(f: F, target: Target, flags: ProgramFlags) -> Options:
    """Return the options of a campaign, without the seeds and without the coverage."""
    options = Options(
        target.kinds,
        os.path.join(flags.fuzzcrashdir or CORPUS_FOLDER, f.name()),
        os.path.join(flags.fuzzcachedir, f.name()),
    )
    options.timeout, options.limit = flags.fuzztime.duration, flags.fuzztime.count
    options.corpus_only = flags.fuzztime.corpus_only
    options.minimize_timeout = flags.fuzzminimizetime.duration
    options.minimize_limit = flags.fuzzminimizetime.count
    if _follows_go(flags):
        options.minimize_interesting = bool(options.minimize_timeout or options.minimize_limit)
    options.in_turn, options.words = flags.gocompat, flags.dict
    options.parallel = flags.parallel or _cpus()
    if 0 < options.limit < options.parallel:
        options.parallel = options.limit
    options.seed = time.time_ns() & 0xFFFFFFFF if flags.seed is None else flags.seed
    return options


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run_campaign(
    setup: PythonSetup,
    recorder: Recorder,
    options: Options,
    flags: ProgramFlags,
    outcome: CampaignOutcome,
) -> tuple[str, str]:
    """Run a campaign; return the report of its failures, and the signal to end with."""
    fuzz_test, record = recorder.fuzz_test, recorder.record
    campaign = _campaign(options, flags, recorder)
    event_data.start(options)
    program = setup.program(fuzz_test, flags)
    worker_pool = WorkerPool(campaign, program, _log)
    signal = worker_pool.run()
    failure = campaign.finish()
    _log(summary.text(campaign, verbose=bool(flags.v)))
    outcome.count, outcome.interesting = worker_pool.executions, campaign.interesting
    outcome.duration, outcome.budget_time = campaign.elapsed, campaign.time.used
    outcome.interrupted = worker_pool.interrupted
    outcome.empty_corpus = options.corpus_only and not campaign.warmup.total
    outcome.may_go_on = not isinstance(failure, CampaignError)
    text = ""
    if isinstance(failure, CampaignError):
        text, outcome.status = f"{failure}\n", failure.status
    if isinstance(failure, SeedFailure):
        text += recorder.seed(failure.crash)
        outcome.failing = os.path.basename(failure.crash.entry.parent)

    passes = rerun(worker_pool, options.kinds, program)
    if isinstance(failure, Crash):
        outcome.status = FAILED
        text = f"{failure.failure.text}\n"
        # The input is written before it is executed again, which may end this process.
        where = record(failure)
        if recorder.recorded and not failure.failure.ended_worker:
            outcome.failing = os.path.basename(recorder.recorded[-1])
        flaky = bool(passes(failure.entry.load()))
        if flaky:
            text += lines.FLAKY
        event_data.single_bucket(fuzz_test, failure, options.events, flaky=flaky)
        text += where
    conclusion, failed = campaign.conclude(passes)
    if options.events.wanted:
        setup.finish(options, campaign)
        worker_pool.tell_end(failure)
    text += recorder.restore()
    if failed:
        outcome.status = FAILED
        return text + conclusion, signal
    _log(indented(conclusion) if conclusion else "")
    return text, signal


def _campaign(options: Options, flags: ProgramFlags, recorder: Recorder) -> Campaign:
    if options.limit and not flags.gocompat:
        # Otherwise a failing seed beyond the limit would pass unnoticed.
        options.limit = max(options.limit, len(options.seeds))
    if not flags.keepgoing:
        return Campaign(options, _log)
    from fuzzengine.campaign.keep_going import KeepGoing

    return KeepGoing(options, _log, recorder.record, recorder.seed, flags.mute or ())


def limits_of(flags: ProgramFlags) -> Limits:
    """Return the limits of each worker."""
    return Limits(flags.fuzzstarttime, flags.fuzzexectime, flags.memlimit)


def _log(text: str) -> None:
    _write(visible(text))


def _write(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()


class Recorder:
    """Writes the failing inputs of one fuzz test and reports their paths."""

    def __init__(
        self, target: Target | None, fuzz_test: str, options: Options, flags: ProgramFlags
    ) -> None:
        self._target = target
        self.fuzz_test = fuzz_test
        self._brief = flags.keepgoing
        self._options = options
        self._result_file = flags.resultfile
        self._written: dict[str, bytes] = {}
        # Flags without which the input does not fail.
        self._needed = f" -detect={','.join(flags.detect)}" if flags.detect else ""
        if "superlinear" in flags.detect and flags.cover:
            self._needed += f" -cover={','.join(flags.cover)}"

    def record(self, crash: Crash) -> str:
        """Write the failing input; return the lines that name the file and the re-run command."""
        data = crash.entry.load()
        known = holds(os.path.join(self._options.corpus_dir, entry_name(data)), data)
        try:
            path = write_entry(self._options.corpus_dir, data)
        except OSError as error:
            return self._record_elsewhere(crash, error)
        result_file.append(self._result_file, result_file.WRITTEN, path)
        self._written[path] = data
        how = self._reproduction(crash, os.path.basename(path))
        event_data.crash(self.fuzz_test, crash, self._options.events, path, how, known=known)
        return lines.known(path, how) if known else lines.written(path, how)

    def seed(self, crash: Crash) -> str:
        """Return the lines about an input that failed before the campaign has begun."""
        if variables.is_go_test():
            return ""
        place = crash.entry.parent
        how = self._reproduction(crash, os.path.basename(place))
        event_data.crash(self.fuzz_test, crash, self._options.events, place, how, known=True)
        return lines.failing_seed(place, how, goes_on=self._brief)

    def _reproduction(self, crash: Crash, name: str) -> lines.Reproduction:
        """Return how to reproduce an input of the seed corpus."""
        data, run = crash.entry.load(), f"run={self.fuzz_test}/{name}{self._needed}"
        command = _command(run)
        how = lines.Reproduction([command])
        if variables.is_go_test():
            return how
        from fuzzengine.findings.reproducer import Reproducer, path_as_given

        assert self._target is not None
        reproducer = Reproducer(self.fuzz_test, self._target)
        if reproducer.pytest_node:
            self._reproduce_given(how, crash, reproducer)
            return how
        how.arguments = reproducer.arguments(data)
        if reproducer.file and not self._needed:
            how.file = path_as_given(reproducer.file, os.environ.get(variables.FOLDER, ""))
            how.commands = [command, f"pytest '{how.file}::{self.fuzz_test}[{name}]'"]
        if crash.failure.ended_worker:
            # It would end pytest and a debugger as well.
            return how
        how.debug = _command("pdb", run)
        if not self._brief and not self._needed:
            how.function = reproducer.function(data, name)
        return how

    def _reproduce_given(
        self, how: lines.Reproduction, crash: Crash, reproducer: Reproducer
    ) -> None:
        """Store an input of a test with `@given` in Hypothesis's database, and say how to run it.

        One that ended its worker would end an ordinary run of the tests as well: it is run by the
        next campaign only.
        """
        from fuzzengine.findings.reproducer import path_as_given

        file, _, name = reproducer.pytest_node.partition("::")
        test = f"{path_as_given(file, os.environ.get(variables.FOLDER, ''))}::{name}"
        how.commands = [_command(f"fuzz=^{self.fuzz_test}${self._needed}")]
        if os.environ.get(variables.PYTEST):
            how.commands = [f"pytest --fuzz='^{self.fuzz_test}$' '{test}'"]
        if crash.failure.ended_worker or self._needed:
            return
        if reproducer.store_given(crash.entry.load()):
            how.commands, how.debug = [f"pytest '{test}'"], f"pytest --pdb '{test}'"

    @property
    def recorded(self) -> list[str]:
        """The paths of the failing inputs in testdata."""
        return list(self._written)

    def restore(self) -> str:
        """Write files again that the code under test has removed; return lines about failures."""
        text = ""
        for path, data in self._written.items():
            if holds(path, data):
                continue
            folder = os.path.dirname(path)
            try:
                write_entry(folder, data)
            except OSError as error:
                value = data.decode("utf-8", "backslashreplace")
                text += lines.written_nowhere(folder, reason_of(error), path, value)
        return text

    def _record_elsewhere(self, crash: Crash, error: OSError) -> str:
        """Write the failing input to the cache, since testdata is not writable."""
        options, data = self._options, crash.entry.load()
        value = data.decode("utf-8", "backslashreplace")
        reason = reason_of(error)
        try:
            if tempdir.is_in_temporary_cache(options.cache_dir):
                raise OSError
            path = write_entry(options.cache_dir, data)
        except OSError:
            how = lines.Reproduction([])
            event_data.crash(self.fuzz_test, crash, options.events, "", how, known=False)
            path = os.path.join(options.corpus_dir, entry_name(data))
            return lines.written_nowhere(options.corpus_dir, reason, path, value)
        how = lines.Reproduction([_command(f"fuzz=^{self.fuzz_test}${self._needed}")])
        event_data.crash(self.fuzz_test, crash, options.events, path, how, known=False)
        return lines.written_elsewhere(options.corpus_dir, reason, path, value, how)


def _command(*flags: str) -> str:
    command = os.environ.get(variables.COMMAND)
    if not command:
        return " ".join([sys.argv[0], *(f"-test.{flag}" for flag in flags)])
    folder = os.environ.get(variables.FOLDER, "")
    return " ".join([command, *(f"-{flag}" for flag in flags), *([folder] if folder else [])])
