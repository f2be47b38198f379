"""The tasks that a campaign gives to workers, the queues they wait in, and their results."""

from __future__ import annotations

import time

from fuzzengine.base.errors import EXIT_STATUS, FAILED
from fuzzengine.schedule.stability import RUNS
from fuzzengine.types.kinds import is_minimizable
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.corpus.entry import Entry
else:
    from _collections import deque

CALL_COUNT_TIME = 10 * SECOND
"""The time limit, in nanoseconds, of a call that the number of executions should end."""

INTERESTING_COUNT = 200
"""The most executions for minimizing an interesting input."""


class CampaignError(Exception):
    """A campaign cannot continue, and there is no failing input to record.

    Attributes:
        status: the exit status of the run.
    """

    def __init__(self, text: str, status: int = EXIT_STATUS) -> None:
        super().__init__(text)
        self.status = status


class SeedFailure(CampaignError):
    """An input of the seed corpus fails, so that there is nothing to search for.

    Attributes:
        crash: the input and its failure.
    """

    def __init__(self, crash: Crash) -> None:
        super().__init__(crash.failure.text, FAILED)
        self.crash = crash


class Crash:
    """A failing input and its failure."""

    __slots__ = ("entry", "failure")

    def __init__(self, entry: Entry, failure: Failure) -> None:
        self.entry = entry
        self.failure = failure


class Input:
    """An input for a worker to execute; each subclass is one way to do so.

    Attributes:
        entry: the input.
        limit: the number of executions that the worker may make; 0 without a limit.
        timeout: the nanoseconds that the call may take.
        coverage: the mask of the known bits; None without coverage.
        warmup: the input is executed unmodified.
        solve: the input is new, so the worker's solver studies it first.
    """

    __slots__ = ("coverage", "entry", "limit", "timeout")
    warmup = solve = False

    def __init__(self, entry: Entry, *, limit: int, timeout: int) -> None:
        self.entry = entry
        self.limit = limit
        self.timeout = timeout
        self.coverage: bytes | None = None


class FuzzTask(Input):
    """An input for a worker to try mutations of."""

    __slots__ = ("solve",)

    def __init__(self, entry: Entry, *, limit: int, timeout: int, solve: bool = False) -> None:
        super().__init__(entry, limit=limit, timeout=timeout)
        self.solve = solve


class WarmUpTask(Input):
    """Inputs of the corpus for a worker to execute once each: `entry`, then `more`."""

    __slots__ = ("more",)
    warmup = True

    def __init__(self, entries: Sequence[Entry], *, timeout: int) -> None:
        super().__init__(entries[0], limit=len(entries), timeout=timeout)
        self.more = entries[1:]


class CheckTask(Input):
    """An input for a worker to execute several times, to find unstable counters."""

    __slots__ = ()
    warmup = True

    def __init__(self, entry: Entry, *, timeout: int) -> None:
        super().__init__(entry, limit=RUNS, timeout=timeout)


class MinimizeTask:
    """An input for a worker to minimize, which must fail or else keep some coverage."""

    __slots__ = ("entry", "failure", "keep", "limit", "timeout")

    def __init__(self, entry: Entry, failure: Failure | None, keep: bytes | None) -> None:
        self.entry = entry
        self.failure = failure
        self.keep = keep
        self.limit = self.timeout = 0


class Result:
    """The result of a call: a failure, or new coverage, or neither.

    Attributes:
        limit: the number of executions that the worker was allowed; 0 without a limit.
        count: the number of executions.
        duration: the nanoseconds of the execution if there was only one.
        minimizable: the entry can be minimized, and was not yet.
        shrunk: the entry is the minimized form of a failing input.
        warmup: an entry of the corpus was executed unmodified.
        unstable_bits: the bits that differ among several executions; None if not checked.
        words: the words of a dictionary, or of the code, in the entry.
        earlier: the results of the inputs that the same call executed before this one.
        unrun: the inputs of the same call that it did not execute.
    """

    __slots__ = (
        "count",
        "coverage",
        "duration",
        "earlier",
        "entry",
        "failure",
        "limit",
        "minimizable",
        "shrunk",
        "unrun",
        "unstable_bits",
        "warmup",
        "words",
    )

    def __init__(self, entry: Entry | None, *, limit: int, count: int) -> None:
        self.entry = entry
        self.limit = limit
        self.count = count
        self.failure: Failure | None = None
        self.coverage: bytes | None = None
        self.unstable_bits: bytes | None = None
        self.words: list[bytes] = []
        self.earlier: Sequence[Result] = ()
        self.unrun: Sequence[Entry] = ()
        self.duration = 0
        self.minimizable = self.shrunk = self.warmup = False


class Executions:
    """Counts the executions of a campaign against its limit.

    Attributes:
        count: the executions so far, of calls that were answered.
    """

    __slots__ = ("_limit", "_parallel", "_waiting", "count")

    def __init__(self, limit: int, parallel: int) -> None:
        """Args: `limit` is 0 without a limit; `parallel` is the number of workers."""
        self.count = self._waiting = 0
        self._limit = limit
        self._parallel = parallel

    @property
    def reached_limit(self) -> bool:
        """Whether the limit is reached."""
        return 0 < self._limit <= self.count

    def reserve(self, count: int) -> None:
        """Reserve executions for a call."""
        self._waiting += count

    def release(self, count: int) -> None:
        """Release reserved executions that a call did not make."""
        self._waiting -= count

    def count_result(self, result: Result) -> None:
        """Count the executions of a result, and release those reserved for it."""
        self.count += result.count
        self._waiting -= result.limit

    @property
    def remaining(self) -> int:
        """The number of executions that are left to reserve; -1 without a limit."""
        return max(self._limit - self.count - self._waiting, 0) if self._limit else -1

    def share(self, most: int) -> int:
        """Return the number of executions for one call, at most `most`; 0 means no limit."""
        if not self._limit:
            return most
        share = min(-(-self._limit // self._parallel), self.remaining)
        return min(share, most) if most else share


class TimeBudget:
    """The time limit of a campaign.

    The clock starts once a worker is ready and all seeds have been executed, so that no limit is
    too short for them. (Go counts from the start of the campaign.)
    """

    __slots__ = ("_limit", "_started")

    def __init__(self, limit: int) -> None:
        """Args: `limit` is in nanoseconds, 0 without a limit."""
        self._limit = limit
        self._started = 0

    def start(self) -> None:
        """Start the clock, unless it runs already."""
        self._started = self._started or time.monotonic_ns()

    @property
    def used(self) -> int:
        """Nanoseconds since the clock started; 0 before."""
        return time.monotonic_ns() - self._started if self._started else 0

    @property
    def left(self) -> int | None:
        """Nanoseconds that are left, negative after the end; None without a limit."""
        return self._limit - self.used if self._limit else None


class WarmUp:
    """The inputs of the corpus that are executed once, unmodified, before any mutation.

    Attributes:
        total: the number of inputs.
        left: the number of inputs without a result.
        seeds_left: the number of seeds among them.
    """

    __slots__ = ("_queue", "left", "seeds_left", "total")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._queue = deque(entries)
        self.total = self.left = len(self._queue)
        self.seeds_left = sum(entry.is_seed for entry in self._queue)

    @property
    def done(self) -> int:
        """The number of inputs with a result."""
        return self.total - self.left

    @property
    def waiting(self) -> int:
        """The number of inputs that no worker has yet."""
        return len(self._queue)

    def pop(self, count: int) -> list[Entry]:
        """Remove `count` inputs from the queue and return them."""
        return [self._queue.popleft() for _ in range(count)]

    def record(self, entry: Entry) -> None:
        """Record that an input has a result."""
        self.left -= 1
        self.seeds_left -= entry.is_seed

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Put inputs that were not executed back to the front of the queue."""
        self._queue.extendleft(reversed(entries))


class MinimizeQueue:
    """The inputs to be minimized.

    Attributes:
        crash: the failing input that is being minimized or next in the queue, or None.
    """

    __slots__ = ("_executions", "_minimizable", "_options", "_queue", "crash")

    def __init__(self, options: Options, executions: Executions) -> None:
        self.crash: Crash | None = None
        self._options = options
        self._executions = executions
        self._queue: deque[MinimizeTask] = deque()
        self._minimizable = any(is_minimizable(kind) for kind in options.kinds)

    @property
    def possible(self) -> bool:
        """Whether a failing input may be minimized now."""
        options = self._options
        wanted = bool(options.minimize_limit or options.minimize_timeout)
        return wanted and self._may_execute

    @property
    def possible_for_interesting(self) -> bool:
        """Whether an interesting input may be minimized now."""
        return self._options.minimize_interesting and self._may_execute

    @property
    def _may_execute(self) -> bool:
        return self._minimizable and self._executions.remaining != 0

    def add_crash(self, crash: Crash) -> None:
        """Put a failing input at the front of the queue."""
        self.crash = crash
        self._queue.appendleft(MinimizeTask(crash.entry, crash.failure, None))

    def add_interesting(self, entry: Entry, keep: bytes) -> None:
        """Append an input that must keep the coverage that is new."""
        self._queue.append(MinimizeTask(entry, None, keep))

    def drain(self) -> list[MinimizeTask]:
        """Remove all tasks from the queue and return them."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    def next(self) -> MinimizeTask | None:
        """Return the next task with its limits, or None."""
        if not self._queue or not self._may_execute:
            return None
        options, executions = self._options, self._executions
        task = self._queue.popleft()
        task.timeout = options.minimize_timeout
        task.limit = options.minimize_limit
        if task.keep is not None:
            task.timeout, task.limit = CALL_COUNT_TIME, INTERESTING_COUNT
        if options.limit:
            share = executions.share(0) if task.failure is None else executions.remaining
            task.limit = min(task.limit or share, share)
        executions.reserve(task.limit)
        return task
