"""Executes a failing input once more, in a new process, to find flaky failures."""

from __future__ import annotations

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.options import Limits, Options, WorkerProgram
from fuzzengine.corpus.entry import Entry
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.types.kinds import Kind

_LONGEST = 10 * SECOND


def rerun(
    worker_pool: WorkerPool, kinds: Sequence[Kind], program: WorkerProgram
) -> Callable[[bytes], bool | None]:
    """Return a function that returns whether an input of a campaign passes now.

    It returns None after an interrupt, of the campaign as of the new execution.

    Args:
        worker_pool: the workers of the campaign.
        kinds: the types of the arguments.
        program: the program of the workers.
    """

    def passes(data: bytes) -> bool | None:
        return None if worker_pool.interrupted else fails_no_more(data, kinds, program)

    return passes


def fails_no_more(data: bytes, kinds: Sequence[Kind], program: WorkerProgram) -> bool | None:
    """Return whether a failing input passes when a new worker executes only this input.

    False as well if the worker cannot be started or dies for another reason; None if the user
    interrupted it.

    Args:
        data: the corpus file's bytes.
        kinds: the types of the arguments.
        program: the program of the worker. Without a limit an execution has ten seconds.
    """
    options = Options(kinds, "", "")
    options.seeds = [Entry("rerun", data)]
    options.limit = 1
    options.minimize_timeout = options.minimize_limit = 0
    campaign = Campaign(options, _ignore)
    limits = program.limits
    bounded = Limits(limits.start, limits.execution or _LONGEST, limits.memory)
    own = WorkerProgram(program.command, bounded, program.coverage_table, program.traces)
    worker_pool = WorkerPool(campaign, own, _ignore)
    try:
        worker_pool.run()
    except OSError:
        return False
    if worker_pool.interrupted:
        return None
    return campaign.finish() is None and campaign.executions.reached_limit


def _ignore(_text: str) -> None:
    """Discard the lines of this second campaign."""
