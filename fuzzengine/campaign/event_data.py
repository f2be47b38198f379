"""The events of campaigns: where what they hold comes from."""

from __future__ import annotations

import os

from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.corpus.entry import entry_name
from fuzzengine.report.events import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Crash
    from fuzzengine.report.events import Events

_LONGEST_INPUT = 1 << 14


def start(options: Options) -> None:
    """Tell that a campaign begins."""
    options.events.emit(
        "start",
        Version=VERSION,
        Seed=options.seed,
        Workers=options.parallel,
        Counters=options.coverage_size,
        Seeds=len(options.seeds),
    )


def crash(fuzz_test: str, found: Crash, events: Events, path: str, command: str) -> None:
    """Tell that a failing input was recorded at a path, or with an empty one that it was not."""
    if not events.wanted:
        return
    from fuzzengine.findings.buckets import bucket_of

    data = found.entry.load()
    events.emit(
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
    events: Events,
    failure: CampaignError | Crash | None,
    *,
    interrupted: bool,
    count: int,
    figures: Mapping[str, int],
) -> None:
    """Tell why a campaign ended, and its last figures; `count` are its executions."""
    reason, error = "interrupted" if interrupted else "limit", ""
    if isinstance(failure, CampaignError):
        reason, error = "error", str(failure)
    elif failure is not None:
        reason = "crash"
    events.emit("end", Reason=reason, Error=error, Execs=count, **figures)


def _name_of(fuzz_test: str, data: bytes) -> str:
    return f"{fuzz_test}/{entry_name(data)}"


def modules(events: Events, reached: bytes, flickering: Container[int], table: str) -> None:
    """Tell which blocks of each module ran; what was loaded later has no counters of its own.

    Args:
        events: takes the events.
        reached: all bits that were reached, one counter a byte.
        flickering: the numbers of the counters that are unstable.
        table: what each byte of coverage means, as Coverage.freeze returned it.
    """
    from fuzzengine.instrument.coverage import by_module, merge
    from fuzzengine.instrument.import_hook import installed

    instrumentation = installed()
    if instrumentation is None or not events.wanted:
        return
    base_of = instrumentation.coverage.base_of
    # The fuzz test itself ran in this process, up to f.fuzz.
    here = instrumentation.coverage.snapshot()
    if len(here) == len(reached):
        reached = merge(reached, here)
    unstable = by_module(bytes(index in flickering for index in range(len(reached))), table)
    files = {module.base: module.filename for module in instrumentation.modules}
    for module, counters in by_module(reached, table).items():
        blocks = "".join("1" if counter else "0" for counter in counters)
        if blocks and base_of(module) in files:
            events.emit(
                "module",
                Module=module,
                File=os.path.abspath(files[base_of(module)]),
                Reached=blocks,
                Unstable=[index for index, bit in enumerate(unstable[module]) if bit],
            )
