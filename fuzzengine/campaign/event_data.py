"""The events of campaigns: where what they hold comes from."""

from __future__ import annotations

import os

from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.corpus import entry as corpus
from fuzzengine.report.events import VERSION

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Crash
    from fuzzengine.report.events import Events

_LONGEST_INPUT = 1 << 14


def start(options: Options) -> None:
    """Tell that a campaign begins."""
    options.events.tell(
        "start",
        Version=VERSION,
        Seed=options.seed,
        Workers=options.parallel,
        Counters=options.coverage_size,
        Seeds=len(options.seeds),
    )


def progress(campaign: Campaign, running: int) -> None:
    """Tell how far a campaign is; `running` executions are in calls not yet answered."""
    events = campaign.options.events
    if events.wanted:
        events.progress(campaign.phase, campaign.count + running, **campaign.standing())


def interesting(campaign: Campaign, path: str, size: int) -> None:
    """Tell of an input that reached something new."""
    events = campaign.options.events
    if events.wanted:
        standing = campaign.standing()
        events.tell("interesting", Path=path, Size=size, Execs=campaign.count, **standing)


def crash(fuzz_test: str, found: Crash, events: Events, path: str, command: str) -> None:
    """Tell that a failing input was recorded at a path, or with an empty one that it was not."""
    if not events.wanted:
        return
    from fuzzengine.findings.buckets import bucket_of

    data = found.entry.load()
    events.tell(
        "crash",
        Name=_name_of(fuzz_test, data),
        Path=path,
        Command=command,
        Bucket=bucket_of(found.failure),
        Failure=found.failure.text,
        Input=data[:_LONGEST_INPUT].decode("utf-8", "backslashreplace"),
        Size=len(data),
    )


def single_bucket(fuzz_test: str, found: Crash, events: Events, *, flaky: bool) -> None:
    """Tell of the only bucket of a campaign that ended with its first failure."""
    if not events.wanted:
        return
    from fuzzengine.findings.buckets import Bucket, bucket_of

    bucket = Bucket(bucket_of(found.failure), _name_of(fuzz_test, found.entry.load()))
    bucket.flaky = flaky
    events.bucket(bucket)


def end(
    campaign: Campaign, failure: CampaignError | Crash | None, table: str, *, interrupted: bool
) -> None:
    """Tell which blocks ran, and what all came to."""
    events = campaign.options.events
    if not events.wanted:
        return
    _reached(campaign, table)
    reason, error = "interrupted" if interrupted else "limit", ""
    if isinstance(failure, CampaignError):
        reason, error = "error", str(failure)
    elif failure is not None:
        reason = "crash"
    events.tell("end", Reason=reason, Error=error, Execs=campaign.count, **campaign.standing())


def _name_of(fuzz_test: str, data: bytes) -> str:
    return f"{fuzz_test}/{corpus.entry_name(data)}"


def _reached(campaign: Campaign, table: str) -> None:
    """Tell which blocks of each module ran; what was loaded later has no counters of its own."""
    reached = campaign.reached
    from fuzzengine.instrument.coverage import by_module, merge
    from fuzzengine.instrument.import_hook import installed

    instrumentation = installed()
    if instrumentation is None:
        return
    base_of = instrumentation.coverage.base_of
    # The fuzz test itself ran in this process, up to f.fuzz.
    here = instrumentation.coverage.snapshot()
    if len(here) == len(reached):
        reached = merge(reached, here)
    flickering = campaign.stability.flickering
    unstable = by_module(bytes(index in flickering for index in range(len(reached))), table)
    files = {module.base: module.filename for module in instrumentation.modules}
    for module, counters in by_module(reached, table).items():
        blocks = "".join("1" if counter else "0" for counter in counters)
        if blocks and base_of(module) in files:
            file = os.path.abspath(files[base_of(module)])
            campaign.options.events.tell(
                "module",
                Module=module,
                File=file,
                Reached=blocks,
                Unstable=[index for index, bit in enumerate(unstable[module]) if bit],
            )
