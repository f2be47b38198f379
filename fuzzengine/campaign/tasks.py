"""The tasks that a campaign gives to workers, the queues they wait in, and their results."""

from __future__ import annotations

from collections import deque

from fuzzengine.schedule.stability import RUNS
from fuzzengine.types.kinds import is_minimizable
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.corpus.entry import Entry

CALL_COUNT_TIME = 10 * SECOND
"""The time limit of a call whose end the number of executions is to decide, in nanoseconds."""

INTERESTING_TIME = SECOND
INTERESTING_COUNT = 200
"""The limits for making an interesting input smaller, in nanoseconds and in executions."""


class CampaignError(Exception):
    """A campaign cannot go on, and there is no failing input to record."""


class Crash:
    """A failing input, and how it fails."""

    __slots__ = ("entry", "failure")

    def __init__(self, entry: Entry, failure: Failure) -> None:
        self.entry = entry
        self.failure = failure


class Input:
    """An input for a worker to execute; the subclasses say how.

    Attributes:
        entry: the input.
        limit: how many executions the worker may make; 0 without a limit.
        timeout: nanoseconds that the call may take.
        coverage: the mask of the bits that are known; None without coverage.
        warmup: it is executed as it is, not mutated.
        solve: it is new, and the worker's solver is to study it first.
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
    """Some inputs of the corpus for a worker to execute once each; `more` are those after one."""

    __slots__ = ("more",)
    warmup = True

    def __init__(self, entries: Sequence[Entry], *, timeout: int) -> None:
        super().__init__(entries[0], limit=len(entries), timeout=timeout)
        self.more = entries[1:]


class CheckTask(Input):
    """An input for a worker to execute a few times, to see which counters are unstable."""

    __slots__ = ()
    warmup = True

    def __init__(self, entry: Entry, *, timeout: int) -> None:
        super().__init__(entry, limit=RUNS, timeout=timeout)


class MinimizeTask:
    """An input for a worker to make smaller; without `failure`, it must keep some coverage."""

    __slots__ = ("entry", "failure", "keep", "limit", "timeout")

    def __init__(self, entry: Entry, failure: Failure | None, keep: bytes | None) -> None:
        self.entry = entry
        self.failure = failure
        self.keep = keep
        self.limit = self.timeout = 0


class Result:
    """What a worker found: a failure, or new coverage, or neither.

    Attributes:
        limit: how many executions the worker was allowed; 0 without a limit.
        count: how many there were.
        duration: nanoseconds of the execution, where there was one only.
        minimizable: it was not tried yet to make the entry smaller, and can be.
        shrunk: the entry failed before, and this is what making it smaller came to.
        warmup: an entry of the corpus was run as it is.
        flicker: the bits of its coverage that several runs of it do not share; None: not checked.
        words: of a dictionary, or of the code, in what was found.
        earlier: what came of the inputs that the same call ran before this one.
        unrun: inputs of the same call that are still to be run.
    """

    __slots__ = (
        "count",
        "coverage",
        "duration",
        "earlier",
        "entry",
        "failure",
        "flicker",
        "limit",
        "minimizable",
        "shrunk",
        "unrun",
        "warmup",
        "words",
    )

    def __init__(self, entry: Entry | None, *, limit: int, count: int) -> None:
        self.entry = entry
        self.limit = limit
        self.count = count
        self.failure: Failure | None = None
        self.coverage: bytes | None = None
        self.flicker: bytes | None = None
        self.words: list[bytes] = []
        self.earlier: Sequence[Result] = ()
        self.unrun: Sequence[Entry] = ()
        self.duration = 0
        self.minimizable = self.shrunk = self.warmup = False


class Executions:
    """How many executions a campaign had, and how many may still be asked for.

    Attributes:
        count: executions so far, of calls that were answered.
    """

    __slots__ = ("_limit", "_parallel", "_waiting", "count")

    def __init__(self, limit: int, parallel: int) -> None:
        """Args: `limit` is 0 without a limit; `parallel` is the number of workers."""
        self.count = self._waiting = 0
        self._limit = limit
        self._parallel = parallel

    @property
    def reached_limit(self) -> bool:
        """Whether there were as many executions as wanted."""
        return 0 < self._limit <= self.count

    def hand_out(self, count: int) -> None:
        """Note that a call may make so many executions."""
        self._waiting += count

    def take_back(self, count: int) -> None:
        """Note that a call that is over did not make so many executions that it was allowed."""
        self._waiting -= count

    def take(self, result: Result) -> None:
        """Count the executions of a result."""
        self.count += result.count
        self._waiting -= result.limit

    @property
    def remaining(self) -> int:
        """How many executions may still be asked for; -1 without a limit."""
        return max(self._limit - self.count - self._waiting, 0) if self._limit else -1

    def share(self, most: int) -> int:
        """Return how many executions one call may have: at most `most`, 0 for any number."""
        if not self._limit:
            return most
        share = min(-(-self._limit // self._parallel), self.remaining)
        return min(share, most) if most else share


class WarmUp:
    """The inputs of the corpus that are executed once as they are, before any mutation.

    Attributes:
        total: how many there are.
        left: how many of them have no result yet.
    """

    __slots__ = ("_queue", "left", "total")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._queue = deque(entries)
        self.total = self.left = len(self._queue)

    @property
    def done(self) -> int:
        """How many inputs have a result."""
        return self.total - self.left

    @property
    def waiting(self) -> int:
        """How many inputs no worker has yet."""
        return len(self._queue)

    def take(self, count: int) -> list[Entry]:
        """Take so many inputs out of the queue."""
        return [self._queue.popleft() for _ in range(count)]

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Put inputs that were not executed at the front of the queue."""
        self._queue.extendleft(reversed(entries))


class MinimizeQueue:
    """Inputs that are to be made smaller.

    Attributes:
        crash: the failing input that is being made smaller, or waits for it; None if there is none.
    """

    __slots__ = ("_enabled", "_executions", "_options", "_queue", "crash")

    def __init__(self, options: Options, executions: Executions) -> None:
        self.crash: Crash | None = None
        self._options = options
        self._executions = executions
        self._queue: deque[MinimizeTask] = deque()
        self._enabled = bool(options.minimize_limit or options.minimize_timeout) and any(
            is_minimizable(kind) for kind in options.kinds
        )

    @property
    def possible(self) -> bool:
        """Whether an input may be made smaller now."""
        return self._enabled and self._executions.remaining != 0

    def add_crash(self, crash: Crash) -> None:
        """Make a failing input smaller next."""
        self.crash = crash
        self._queue.appendleft(MinimizeTask(crash.entry, crash.failure, None))

    def add_interesting(self, entry: Entry, keep: bytes) -> None:
        """Make an input smaller that reached something new, which is to be kept."""
        self._queue.append(MinimizeTask(entry, None, keep))

    def drain(self) -> list[MinimizeTask]:
        """Return all that still wait, and forget them."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    def next(self) -> MinimizeTask | None:
        """Return the next input to make smaller, with its limits; None if there is none now."""
        if not self._queue or not self.possible:
            return None
        options, executions = self._options, self._executions
        task = self._queue.popleft()
        task.timeout = options.minimize_timeout
        task.limit = options.minimize_limit
        if task.keep is not None:
            task.timeout = min(task.timeout or INTERESTING_TIME, INTERESTING_TIME)
            if options.repeatable:
                # The count must be what ends it, or the run would depend on time.
                task.timeout = CALL_COUNT_TIME
                task.limit = min(task.limit or INTERESTING_COUNT, INTERESTING_COUNT)
        if options.limit:
            share = executions.share(0) if task.failure is None else executions.remaining
            task.limit = min(task.limit or share, share)
        executions.hand_out(task.limit)
        return task
