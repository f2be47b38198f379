"""Runs a harness as libFuzzer would: fuzzes, executes files, merges corpora, minimizes an input."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris import report
from fuzzengine.atheris.job import FAILED, INTERRUPTED, TERMINATED, Job, log
from fuzzengine.atheris.libfuzzer_flags import help_text
from fuzzengine.atheris.raw_files import encoded
from fuzzengine.atheris.settings import SettingsError
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.tasks import Crash
from fuzzengine.corpus.entry import Entry
from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.atheris.stand_in import SetupCall


def coordinate(setup: SetupCall, command: Sequence[str], modules: Sequence[str]) -> int:
    """Run a harness as its command line says; return the exit status.

    Args:
        setup: the harness's call of `Setup`.
        command: the command that starts a worker.
        modules: the instrumented modules besides the harness.
    """
    job = Job(setup.arguments, command)
    flags = job.flags
    for argument in flags.unknown:
        log(report.unknown_flag(argument))
    if flags.unused:
        log(report.unused_flags(flags.unused))
    if flags.help:
        sys.stdout.write(help_text(job.name))
        return 0
    for path in flags.inputs:
        if not os.path.exists(path):
            log(f'ERROR: The required directory "{path}" does not exist\n')
            return FAILED
    # Shortening would break inputs of a form that only the harness's mutator knows.
    job.minimizing = setup.custom_mutator is None
    try:
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
    from fuzzengine.atheris.fuzzing import fuzz

    log(report.instrumented(modules))
    return fuzz(job)


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
        return TERMINATED if signal else INTERRUPTED
    for path in paths:
        log(f"Executed {path}\n")
    log(report.ONLY_EXECUTED)
    return 0
