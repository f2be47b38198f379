"""Runs a harness as libFuzzer would: fuzzes, executes files, merges corpora, minimizes an input."""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.atheris import report
from fuzzengine.atheris.job import FAILED, Job, log
from fuzzengine.atheris.libfuzzer_flags import help_text, parse
from fuzzengine.atheris.raw_files import RawCorpus, encoded
from fuzzengine.atheris.settings import SettingsError
from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.rerun import fails_no_more
from fuzzengine.campaign.tasks import CampaignError, Crash
from fuzzengine.corpus.entry import Entry
from fuzzengine.report import lines
from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.atheris.stand_in import SetupCall
    from fuzzengine.campaign.options import Options

_INTERRUPTED, _TERMINATED = 130, 72
"""Exit statuses after SIGINT and after another signal."""


def coordinate(setup: SetupCall, command: Sequence[str], modules: Sequence[str]) -> int:
    """Run a harness as its command line says; return the exit status.

    Args:
        setup: the harness's call of `Setup`.
        command: the command that starts a worker.
        modules: the instrumented modules besides the harness.
    """
    program = os.path.basename(setup.arguments[0]) if setup.arguments else "harness"
    flags = parse(setup.arguments[1:])
    for argument in flags.unknown:
        log(report.unknown_flag(argument))
    if flags.unused:
        log(report.unused_flags(flags.unused))
    if flags.help:
        sys.stdout.write(help_text(program))
        return 0
    for path in flags.inputs:
        if not os.path.exists(path):
            log(f'ERROR: The required directory "{path}" does not exist\n')
            return FAILED
    try:
        job = Job(flags, program, command)
        # Shortening would break inputs of a form that only the harness's mutator knows.
        job.minimizing = setup.custom_mutator is None
        return _run(job, modules)
    except SettingsError as error:
        log(f"ERROR: {error}\n")
    except OSError as error:
        log(f"ERROR: {error.filename or ''}: {reason_of(error)}\n")
    return FAILED


def _run(job: Job, modules: Sequence[str]) -> int:
    flags = job.flags
    if flags.merge:
        from fuzzengine.atheris.corpus_jobs import merge

        return merge(job)
    if flags.minimize_crash:
        from fuzzengine.atheris.corpus_jobs import minimize_crash

        return minimize_crash(job)
    if flags.inputs and all(map(os.path.isfile, flags.inputs)):
        return _execute_files(job)
    log(report.instrumented(modules))
    return _fuzz(job)


def _execute_files(job: Job) -> int:
    """Execute files once each, or as often as -runs says, up to the first failure."""
    from fuzzengine.campaign.execute import Execute

    times, paths = max(job.flags.runs, 1), job.flags.inputs
    log(f"{job.name}: Running {len(paths)} inputs {times} time(s) each.\n")
    entries = [Entry(path, encoded(read_file(path))) for path in paths]
    options = job.options()
    options.limit, options.parallel = 0, 1
    campaign = Execute(options, lambda _: None, entries, times)
    pool = WorkerPool(campaign, job.program(options), lambda _: None)
    signal = pool.run()
    failure = campaign.finish()
    failing = failure.entry.parent if isinstance(failure, Crash) else ""
    for path in paths[: paths.index(failing) + 1 if failing in paths else None]:
        log(f"Running: {path}\n")
    if failure is not None:
        text = report.failure(failure.failure) if isinstance(failure, Crash) else f"{failure}\n"
        log(text)
        return job.status_of(failure)
    if pool.interrupted:
        return _TERMINATED if signal else _INTERRUPTED
    for path in paths:
        log(f"Executed {path}\n")
    log(report.ONLY_EXECUTED)
    return 0


def _fuzz(job: Job) -> int:
    """Fuzz until a failure, the limits or a signal end it."""
    started = time.monotonic()
    options = job.options()
    options.inputs = RawCorpus(job.folders, log, job.flags.max_len)
    if not job.minimizing:
        options.minimize_timeout = 0
        options.minimize_interesting = False
    program = job.program(options)
    campaign = _campaign(job, options)
    pool = WorkerPool(campaign, program, log)
    signal = pool.run()
    failure = campaign.finish()
    status = 0
    if isinstance(failure, CampaignError):
        log(f"{failure}\n")
        status = FAILED
    elif failure is not None:
        log(report.failure(failure.failure))
        log(job.artifacts.write(failure))
        data = failure.entry.load()
        if not pool.interrupted and fails_no_more(data, options.kinds, program):
            log(lines.FLAKY)
        status = job.status_of(failure)
    conclusion, failed = campaign.conclude(lambda _: None)
    log(conclusion)
    if failed:
        status = job.flags.error_exitcode
    if pool.interrupted and not status:
        log("run interrupted; exiting\n" if signal else "KeyboardInterrupt: stopping.\n")
        status = _TERMINATED if signal else _INTERRUPTED
    seconds = time.monotonic() - started
    if not status:
        log(report.done(pool.executions, int(seconds)))
    if job.flags.print_final_stats:
        log(report.final_stats(pool.executions, seconds, campaign.interesting, _peak_mebibytes()))
    return status


def _campaign(job: Job, options: Options) -> Campaign:
    if not job.flags.keeps_going:
        return Campaign(options, log)
    from fuzzengine.campaign.keep_going import KeepGoing

    return KeepGoing(options, log, job.artifacts.write, lambda _: "")


def _peak_mebibytes() -> int:
    """Return the memory that the largest worker has used, where the system tells."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // unit
