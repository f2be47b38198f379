"""Events of a campaign as JSON, for programs (docs/reports.md has the schema).

An event is a line of the test program's output with a prefix (see base.framing), which `fuzzengine
test` removes again. Go has no counterpart.
"""

from __future__ import annotations

import time

from fuzzengine.base import framing
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.findings.buckets import Bucket

FIGURES, MODULES, LIVE = "figures", "modules", "live"
WHICH = (FIGURES, MODULES, LIVE)
"""Which events are written: all but `module`; all; all, and `module` during the campaign, too."""

ENTRIES, CORPUS = "entries", "corpus"
"""The same as FIGURES for a driver of many campaigns, with `unstable` and `entry` events: those of
new entries; those of all entries."""

VERSION = 1
"""Increases when a reader of an older version could misunderstand a newer one."""


class Events:
    """Writes the events of one campaign, or drops them.

    Attributes:
        wanted: whether events are written; some are costly to make.
        modules: whether `module` events are written.
        live: whether they are also written during the campaign.
        entries: whether `entry` events are written for new entries, and `unstable` events.
        corpus: whether `entry` events are written for entries that were there before, too.
    """

    def __init__(
        self,
        fuzz_test: str = "",
        write: Callable[[str], object] | None = None,
        which: str = MODULES,
    ) -> None:
        """Create a writer of events.

        Args:
            fuzz_test: the name of the fuzz test.
            write: gets one line of output at a time; without it events are dropped.
            which: the events to write: FIGURES, MODULES, LIVE, ENTRIES or CORPUS.
        """
        self.wanted = write is not None
        self.modules = self.wanted and which in (MODULES, LIVE)
        self.live = self.wanted and which == LIVE
        self.entries = self.wanted and which in (ENTRIES, CORPUS)
        self.corpus = self.wanted and which == CORPUS
        self._fuzz_test = fuzz_test
        self._write = write
        self._started = self._last_time = time.monotonic_ns()
        self._last_count = 0
        self._rate = 0.0

    def emit(self, event: str, **fields: object) -> None:
        """Write an event, with the seconds since the campaign began."""
        if self._write is None:
            return
        import json

        elapsed = round((time.monotonic_ns() - self._started) / SECOND, 3)
        text = json.dumps({"Event": event, "Elapsed": elapsed, **fields})
        self._write(f"{framing.FRAME}{framing.EVENT}{self._fuzz_test} {text}\n")

    def progress(self, phase: str, count: int, **fields: object) -> None:
        """Write the progress of the campaign: executions so far, and executions per second."""
        now = time.monotonic_ns()
        if now - self._last_time >= SECOND // 4:
            self._rate = (count - self._last_count) * SECOND / (now - self._last_time)
            self._last_time, self._last_count = now, count
        self.emit("progress", Phase=phase, Execs=count, Rate=round(self._rate, 1), **fields)

    def worker(self, number: int, state: str, **fields: object) -> None:
        """Write that a worker has answered for the first time, or has ended."""
        self.emit("worker", Worker=number, State=state, **fields)

    def bucket(self, bucket: Bucket) -> None:
        """Write a bucket: the number of its failures, and the input that represents it."""
        self.emit("bucket", **bucket_fields(bucket))


def bucket_fields(bucket: Bucket) -> dict[str, object]:
    """Return the fields of the event `bucket`."""
    return {
        "Bucket": bucket.title,
        "Count": bucket.count,
        "Name": bucket.entry,
        "Flaky": bucket.flaky,
        "Muted": bucket.suppressed,
        "Known": bucket.known,
    }
