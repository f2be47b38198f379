"""A campaign that goes on after a failure and keeps one input of each bucket (-keepgoing)."""

from __future__ import annotations

import time
from collections import deque

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.tasks import Crash
from fuzzengine.corpus.entry import Entry, entry_name
from fuzzengine.findings.buckets import Bucket, bucket_of, table
from fuzzengine.findings.suppressions import Suppression, is_suppressed
from fuzzengine.report import lines as report
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import CampaignError, Result
    from fuzzengine.corpus.entry import Entry

_CHECKING = 60 * SECOND


class KeepGoing(Campaign):
    """A campaign that ends only at its limits or with a CampaignError.

    Failures of muted buckets are counted, but neither minimized nor recorded.

    Attributes:
        buckets: the buckets by title.
    """

    def __init__(
        self,
        options: Options,
        log: Callable[[str], object],
        record: Callable[[Crash], str],
        describe_seed: Callable[[Crash], str],
        suppressions: Sequence[Suppression] = (),
    ) -> None:
        """Begin a campaign.

        Args:
            options: the options of the campaign.
            log: prints a line.
            record: writes a failing input and returns the lines for the report.
            describe_seed: returns the lines for one that is in the seed corpus already.
            suppressions: the buckets that the user has muted.
        """
        self.buckets: dict[str, Bucket] = {}
        self._record = record
        self._describe_seed = describe_seed
        self._suppressions = suppressions
        self._later: deque[Crash] = deque()
        self._told: dict[str, int] = {}  # the counts of the last `bucket` events
        super().__init__(options, log)

    def finish(self) -> CampaignError | Crash | None:
        """Record crashes that wait to be minimized; return the CampaignError, or None."""
        if self.minimizing.crash is not None:
            self._later.appendleft(self.minimizing.crash)
            self.minimizing.crash = None
        while self._later:
            self._keep(self._later.popleft())
        return self.failure

    def tell_progress(self, running: int, more: Mapping[str, int]) -> None:
        """Send a progress event, and the buckets whose number of failures has changed."""
        super().tell_progress(running, more)
        for title, bucket in self.buckets.items():
            if self._told.get(title) != bucket.count:
                self._told[title] = bucket.count
                self.options.events.bucket(bucket)

    def conclude(self, passes: Callable[[bytes], bool | None]) -> tuple[str, bool]:
        """Return the table of buckets, and whether one of them is not muted.

        Args:
            passes: executes an input in a new process; None means to execute no more.
        """
        self._name_flaky(passes)
        buckets = list(self.buckets.values())
        for bucket in buckets:
            self.options.events.bucket(bucket)
        return table(buckets) if buckets else "", not all(bucket.suppressed for bucket in buckets)

    def _name_flaky(self, passes: Callable[[bytes], bool | None]) -> None:
        """Mark buckets whose input passes when it is executed again, for up to a minute."""
        end = time.monotonic_ns() + _CHECKING
        for bucket in self.buckets.values():
            if bucket.data is None or time.monotonic_ns() > end:
                continue
            verdict = passes(bucket.data)
            if verdict is None:
                return
            bucket.flaky = verdict

    def _known(self, failure: Failure) -> Bucket | None:
        """Return the bucket of a failure if it is known or muted, or else None."""
        title = bucket_of(failure)
        if title not in self.buckets and is_suppressed(title, self._suppressions):
            self.buckets[title] = Bucket(title, "")
            self.buckets[title].count = 0
            self.buckets[title].suppressed = True
        return self.buckets.get(title)

    def _handle_failure(self, result: Result, failure: Failure) -> None:
        assert result.entry is not None
        crash = Crash(result.entry, failure)
        known = self._known(failure)
        if result.shrunk:
            self._handle_shrunk(crash)
        elif known is not None:
            known.count += 1
        elif result.warmup and result.entry.is_seed:
            # The input is in testdata or in the test already.
            where = self._describe_seed(crash)
            self._announce(crash, result.entry.parent, where, known=True)
        elif result.minimizable:
            self._later.append(crash)
        else:
            self._keep(crash)
        if result.warmup:
            self._discard(result.entry)
            self._warmed_up(result)
        self._shrink_next()

    def handle_late_result(self, result: Result) -> None:
        """Take in a failure that a worker reports after the campaign was stopped."""
        if result.failure is not None:
            result.minimizable = False
            self._handle_failure(result, result.failure)

    def _handle_shrunk(self, crash: Crash) -> None:
        """Record a minimized input, and the original one if that is in another bucket.

        A smaller input that kills its worker may fail in another way than the original.
        """
        before, self.minimizing.crash = self.minimizing.crash, None
        self._keep(crash)
        if before is not None and self._known(before.failure) is None:
            self._keep(before)

    def _shrink_next(self) -> None:
        while self._later and self.minimizing.crash is None:
            crash = self._later.popleft()
            if self._known(crash.failure) is not None or not self.minimizing.possible:
                self._keep(crash)
            else:
                self._tell_minimizing(crash.entry)
                self.minimizing.add_crash(crash)

    def _keep(self, crash: Crash) -> None:
        known = self._known(crash.failure)
        if known is not None:
            known.count += 1
            return
        where = self._record(crash)
        self._announce(crash, entry_name(crash.entry.load()), where)

    def _announce(self, crash: Crash, name: str, where: str, *, known: bool = False) -> None:
        title = bucket_of(crash.failure)
        test = Entry(self.options.corpus_dir).name
        data = crash.entry.load()
        self.buckets[title] = Bucket(title, f"{test}/{Entry(name).name}", data)
        self.buckets[title].known = known
        if title not in self.options.announced:
            self.options.announced.add(title)
            text = f"{crash.failure.text}\n{where}"
            self._log.write(report.new_bucket(title, text, known=known))

    def _discard(self, entry: Entry) -> None:
        """Remove a failing input from the pool, unless it is the only one."""
        others = [one for one in self.queue.entries if one.path != entry.parent]
        if others:
            self.queue.keep(others)
