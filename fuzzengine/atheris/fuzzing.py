"""Fuzzes a harness: one campaign, its failures, its end."""

from __future__ import annotations

import sys
import time

from fuzzengine.atheris import report
from fuzzengine.atheris.job import FAILED, INTERRUPTED, TERMINATED, log
from fuzzengine.atheris.raw_files import RawCorpus
from fuzzengine.campaign import event_data
from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.rerun import rerun
from fuzzengine.campaign.tasks import CampaignError, Crash
from fuzzengine.report import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.atheris.job import Job
    from fuzzengine.atheris.pages import Pages
    from fuzzengine.campaign.options import Options


def fuzz(job: Job) -> int:
    """Fuzz until a failure, the limits or a signal end it; return the exit status."""
    started = time.monotonic()
    options = job.options()
    options.inputs = RawCorpus(job.folders, log, job.flags.max_len)
    if not job.minimizing:
        options.minimize_timeout = 0
        options.minimize_interesting = False
    pages = _pages(job, options)
    program = job.program(options)
    campaign = _campaign(job, options)
    event_data.start(options)
    pool = WorkerPool(campaign, program, log)
    signal = pool.run()
    failure = campaign.finish()
    status = _conclude(job, campaign, failure, rerun(pool, options.kinds, program))
    if pages is not None:
        pool.tell_end(failure)
        if not pages.finish(failed=status != 0):
            status = status or FAILED
    if pool.interrupted and not status:
        log("run interrupted; exiting\n" if signal else "KeyboardInterrupt: stopping.\n")
        status = TERMINATED if signal else INTERRUPTED
    seconds = time.monotonic() - started
    if not status:
        log(report.done(pool.executions, int(seconds)))
    if job.flags.print_final_stats:
        log(report.final_stats(pool.executions, seconds, campaign.interesting, _peak_mebibytes()))
    return status


def _pages(job: Job, options: Options) -> Pages | None:
    if not (job.flags.html or job.flags.http):
        return None
    from fuzzengine.atheris.pages import Pages

    pages = Pages(job, job.arguments)
    if pages.url:
        log(f"fuzz: live page: {pages.url}\n")
    options.events = pages.events
    return pages


def _campaign(job: Job, options: Options) -> Campaign:
    if not job.flags.keeps_going:
        return Campaign(options, log)
    from fuzzengine.campaign.keep_going import KeepGoing

    return KeepGoing(options, log, lambda crash: _record(job, options, crash), lambda _: "")


def _record(job: Job, options: Options, crash: Crash) -> str:
    """Write a failing input and send its event; return the lines of the report about it."""
    path = job.artifacts.path_of(crash)
    text = job.artifacts.write(crash)
    how = lines.Reproduction([f"fuzzengine run {job.path} {path}"])
    event_data.crash(job.name, crash, options.events, path, how, known=False)
    return text


def _conclude(
    job: Job,
    campaign: Campaign,
    failure: CampaignError | Crash | None,
    passes: Callable[[bytes], bool | None],
) -> int:
    """Report the failures of a campaign and write their inputs; return the exit status."""
    status = 0
    if isinstance(failure, CampaignError):
        log(f"{failure}\n")
        status = FAILED
    elif failure is not None:
        log(report.failure(failure.failure))
        log(_record(job, campaign.options, failure))
        flaky = bool(passes(failure.entry.load()))
        if flaky:
            log(lines.FLAKY)
        event_data.single_bucket(job.name, failure, campaign.options.events, flaky=flaky)
        status = job.status_of(failure)
    conclusion, failed = campaign.conclude(passes)
    log(conclusion)
    return job.flags.error_exitcode if failed else status


def _peak_mebibytes() -> int:
    """Return the memory that the largest worker has used, where the system tells."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // unit
