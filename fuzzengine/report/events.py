"""What happens in a campaign, told to programs as JSON (docs/reports.md has the schema).

An event is a line of the test program's output with a prefix (see base.framing), which `fuzzengine
test` removes again. Go has no counterpart.
"""

from __future__ import annotations

import time

from fuzzengine.base import framing
from scriptest.base.duration import SECOND

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.findings.buckets import Bucket

VERSION = 1
"""Grows when a reader of an older version could misunderstand a newer one."""


class Events:
    """Tells what happens, or tells nobody.

    Attributes:
        wanted: whether anybody listens; making some events is work.
    """

    def __init__(self, fuzz_test: str = "", write: Callable[[str], object] | None = None) -> None:
        """Args: `write` gets a line of output; without it nothing is told."""
        self.wanted = write is not None
        self._fuzz_test = fuzz_test
        self._write = write
        self._started = self._last_time = time.monotonic_ns()
        self._last_count = 0
        self._rate = 0.0

    def tell(self, event: str, **fields: object) -> None:
        """Tell an event, with the seconds since the campaign began."""
        if self._write is None:
            return
        import json

        elapsed = round((time.monotonic_ns() - self._started) / SECOND, 3)
        text = json.dumps({"Event": event, "Elapsed": elapsed, **fields})
        self._write(f"{framing.FRAME}{framing.EVENT}{self._fuzz_test} {text}\n")

    def progress(self, phase: str, count: int, **fields: object) -> None:
        """Tell how far the campaign is, with its executions and how many there are a second."""
        now = time.monotonic_ns()
        if now - self._last_time >= SECOND // 4:
            self._rate = (count - self._last_count) * SECOND / (now - self._last_time)
            self._last_time, self._last_count = now, count
        self.tell("progress", Phase=phase, Execs=count, Rate=round(self._rate, 1), **fields)

    def worker(self, number: int, state: str, **fields: object) -> None:
        """Tell that a worker has answered for the first time, or has ended."""
        self.tell("worker", Worker=number, State=state, **fields)

    def bucket(self, bucket: Bucket) -> None:
        """Tell of failures that are most likely one mistake."""
        self.tell(
            "bucket",
            Bucket=bucket.title,
            Count=bucket.count,
            Name=bucket.entry,
            Flaky=bucket.flaky,
            Muted=bucket.muted,
        )
