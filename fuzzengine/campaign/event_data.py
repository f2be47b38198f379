"""Builds the events of a campaign that need more than its figures."""

from __future__ import annotations

import os

from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.corpus.entry import entry_name
from fuzzengine.instrument.coverage import bit_numbers, table_digest
from fuzzengine.report.events import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.reached import Reached, ReachingInput, ReachingInputs
    from fuzzengine.campaign.tasks import Crash
    from fuzzengine.report.events import Events
    from fuzzengine.report.lines import Reproduction

_LONGEST_INPUT = 1 << 14


def start(options: Options) -> None:
    """Send the event `start`."""
    if not options.events.wanted:
        return
    options.events.emit(
        "start",
        Version=VERSION,
        Seed=options.seed,
        Workers=options.parallel,
        Counters=options.blocks,
        Seeds=len(options.seeds),
        Tests=options.tests,
        Limit=options.limit,
        Table=table_digest(options.table),
    )


def entry(events: Events, path: str, coverage: bytes, *, new: bool) -> None:
    """Send the event `entry`: an entry of the corpus was executed.

    Args:
        events: receives the event.
        path: the file of the entry, or a name such as `seed#0`.
        coverage: the counters that it reaches.
        new: it was found by this campaign.
    """
    if events.corpus or (new and events.entries):
        events.emit("entry", Path=path, New=new, Bits=bit_numbers(coverage))


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
        Message=found.failure.message or bucket_of(found.failure),
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


class ModuleEvents:
    """Sends the event `module` for each module that has changed since it was last sent.

    Modules that were imported later than the table was made have no counters of their own.
    """

    def __init__(self, options: Options) -> None:
        self._events = options.events
        self._table = options.table
        self._sent: dict[str, dict[str, Any]] = {}

    def send(self, reached: Reached) -> None:
        """Send the events, with the blocks that were executed."""
        if not self._events.modules:
            return
        for module, file, part in modules_of(self._table):
            fields = coverage_of(reached.anywhere, reached.stability.unstable, reached.inputs, part)
            if self._sent.get(module) != fields:
                self._sent[module] = fields
                self._events.emit("module", Module=module, File=file, **fields)


def modules_of(table: str) -> Iterator[tuple[str, str, slice]]:
    """Yield the name and the file of each module, and its part of the coverage table.

    Args:
        table: the text that `freeze` returned.
    """
    from fuzzengine.instrument.coverage import ranges_of
    from fuzzengine.instrument.import_hook import installed

    instrumentation = installed()
    if instrumentation is None:
        return
    base_of = instrumentation.coverage.base_of
    files = {module.base: module.filename for module in instrumentation.modules}
    for module, part in ranges_of(table).items():
        if part.start < part.stop and base_of(module) in files:
            yield module, os.path.abspath(files[base_of(module)]), part


def inputs_of(inputs: ReachingInputs, part: slice) -> dict[str, Any]:
    """Return the inputs that reach the counters of a module, as in its event."""
    smallest, examples = examples_of(inputs.smallest[part])
    return {"Hits": inputs.counts[part], "Smallest": smallest, "Examples": examples}


def coverage_of(
    reached: bytes, unstable: Collection[int], inputs: ReachingInputs, part: slice
) -> dict[str, Any]:
    """Return the coverage of a module, as in its event.

    Args:
        reached: all counters.
        unstable: the numbers of those that are unstable.
        inputs: the inputs that reach them.
        part: the counters of the module.
    """
    return {
        "Reached": "".join("1" if counter else "0" for counter in reached[part]),
        "Unstable": [i - part.start for i in range(part.start, part.stop) if i in unstable],
        **inputs_of(inputs, part),
    }


def examples_of(
    smallest: Sequence[ReachingInput | None],
) -> tuple[list[int], list[dict[str, object]]]:
    """Return the fields `Smallest` and `Examples` of the event `module`.

    Args:
        smallest: the smallest input that reaches each block, or None.
    """
    numbers: dict[str, int] = {}
    examples: list[dict[str, object]] = []
    for one in smallest:
        if one is not None and one.path not in numbers:
            numbers[one.path] = len(examples)
            examples.append({"Path": one.path, "Size": one.size, "Input": one.text})
    return [-1 if one is None else numbers[one.path] for one in smallest], examples
