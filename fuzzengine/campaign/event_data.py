"""Builds the events of a campaign that need more than its figures."""

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
    from fuzzengine.report.lines import Reproduction

_LONGEST_INPUT = 1 << 14


def start(options: Options) -> None:
    """Send the event `start`."""
    options.events.emit(
        "start",
        Version=VERSION,
        Seed=options.seed,
        Workers=options.parallel,
        Counters=options.coverage_size,
        Seeds=len(options.seeds),
    )


def crash(
    fuzz_test: str, found: Crash, events: Events, path: str, how: Reproduction, *, known: bool
) -> None:
    """Send the event `crash`.

    Args:
        fuzz_test: the name of the fuzz test.
        found: the failing input.
        events: receives the event.
        path: the file of the input; "" if it was not recorded.
        how: how to reproduce it.
        known: it was recorded before this campaign.
    """
    if not events.wanted:
        return
    from fuzzengine.findings.buckets import bucket_of

    data = found.entry.load()
    events.emit(
        "crash",
        Name=_name_of(fuzz_test, data),
        Path=path,
        Known=known,
        Command=how.commands[0] if how.commands else "",
        Commands=[*how.commands],
        Arguments=[*how.arguments],
        Function=how.function,
        Kind=found.failure.kind,
        Frames=[[file, line] for file, line in found.failure.frames],
        Bucket=bucket_of(found.failure),
        Failure=found.failure.text,
        Input=data[:_LONGEST_INPUT].decode("utf-8", "backslashreplace"),
        Size=len(data),
    )


def single_bucket(fuzz_test: str, found: Crash, events: Events, *, flaky: bool) -> None:
    """Send the event `bucket` of a campaign that ended with its first failure."""
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
    """Send the event `end`; `count` is the number of executions."""
    reason, error = "interrupted" if interrupted else "limit", ""
    if isinstance(failure, CampaignError):
        reason, error = "error", str(failure)
    elif failure is not None:
        reason = "crash"
    events.emit("end", Reason=reason, Error=error, Execs=count, **figures)


def _name_of(fuzz_test: str, data: bytes) -> str:
    return f"{fuzz_test}/{entry_name(data)}"


def modules(events: Events, reached: bytes, unstable_counters: Container[int], table: str) -> None:
    """Send the event `module` for each module, with the blocks that were executed.

    Modules that were imported later than the table was made have no counters of their own.

    Args:
        events: receives the events.
        reached: the bits that were reached, one counter a byte.
        unstable_counters: the numbers of the unstable counters.
        table: what each byte of coverage means, as Coverage.freeze returned it.
    """
    from fuzzengine.instrument.coverage import by_module, merge
    from fuzzengine.instrument.import_hook import installed

    instrumentation = installed()
    if instrumentation is None or not events.wanted:
        return
    base_of = instrumentation.coverage.base_of
    # This process executed the fuzz test up to f.fuzz.
    here = instrumentation.coverage.snapshot()
    if len(here) == len(reached):
        reached = merge(reached, here)
    unstable = by_module(bytes(index in unstable_counters for index in range(len(reached))), table)
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
