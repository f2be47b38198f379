"""The plan of a campaign: what to run next, what a result means (Go: coordinator).

Nothing here starts a process or waits for one; that is crew.py.
"""

from __future__ import annotations

import os
import time
from collections import deque

from fuzzengine.campaign import event_data as telling
from fuzzengine.campaign.tasks import CampaignError, Crash, Input, Minimization, Result
from fuzzengine.corpus import entry as corpus
from fuzzengine.instrument.coverage import count_bits, merge, subtract
from fuzzengine.report import lines as report
from fuzzengine.schedule.queue import Pool
from fuzzengine.schedule.stability import RUNS, Stability
from fuzzengine.schedule.word_count import WordCount
from fuzzengine.types.kinds import is_minimizable
from scriptest.base.duration import MILLISECOND, SECOND

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.corpus.entry import Entry

CALL_TIME = 100 * MILLISECOND
"""How long a worker tries mutations of one input, in nanoseconds."""

CALL_COUNT, CALL_DOUBLINGS = 250, 3
"""How often instead, where the run must not depend on time; and twice as often, so many times,
whenever all entries had their turn in vain."""

CALL_COUNT_TIME = 10 * SECOND
INTERESTING_TIME = SECOND
INTERESTING_COUNT = 200

_WARMUP_INPUTS = 128  # a call costs as much as some ten executions of a small target


class Campaign:
    """Queue, corpus and coverage of a campaign.

    Attributes:
        count: executions so far, of calls that were answered.
        stopping: no more calls are to be made.
        failure: why the campaign failed, if it has.

    Raises:
        CorpusReadError: the cache folder cannot be read.
    """

    def __init__(self, options: Options, log: Callable[[str], object]) -> None:
        self.options = options
        self.count = self.interesting = 0
        self.stopping = False
        self.failure: CampaignError | Crash | None = None
        self._log = log
        self._debugging = "fuzzdebug=1" in os.environ.get("GODEBUG", "").split(",")
        self._waiting = self._fruitless = 0
        self._started = self._last_time = time.monotonic_ns()
        self._last_count = 0
        self._pool = Pool(in_turn=options.in_turn)
        checking = self.covering and not options.in_turn and not options.go_workers
        self.stability = Stability(checking=checking)
        self.words = WordCount(options.words)
        self._queue: deque[Entry] = deque()
        self._unstudied: deque[Entry] = deque()
        self._minimize_queue: deque[Minimization] = deque()
        self._minimizing: Crash | None = None
        self._mask = bytes(options.coverage_size)
        self._can_shrink = bool(options.minimize_limit or options.minimize_timeout) and any(
            is_minimizable(kind) for kind in options.kinds
        )
        self._load()
        self._warmup_total = self._warmup_left = len(self._queue)
        if not self._pool.entries:
            log(report.EMPTY_CORPUS)
            values = [kind.zero() for kind in options.kinds]
            data = corpus.marshal(options.kinds, values)
            # Not `add`: it was never run, and is as interesting as any other that is run first.
            self._pool.add_unrun(corpus.Entry(corpus.entry_name(data)[:8], data=data))
        self._unstudied.extend(self._pool.entries)

    def _load(self) -> None:
        options = self.options
        for entry in options.seeds:
            self._pool.add(entry)
        for entry in corpus.read_directory(options.cache_dir, options.kinds, strict=False):
            self._pool.add(entry)
            # A cache can be large; the file is read again when it is its turn.
            entry.data = entry.values = None
        if self.covering:
            self._queue.extend(self._pool.entries)
        else:
            self._log(report.NO_COVERAGE)
            self._queue.extend(options.seeds)

    @property
    def covering(self) -> bool:
        """Whether there is any coverage to go by."""
        return self.options.coverage_size > 0

    @property
    def warming_up(self) -> bool:
        """Whether inputs of the corpus are still being run as they are."""
        return self._warmup_left > 0

    @property
    def elapsed(self) -> int:
        """Nanoseconds since the campaign began."""
        return time.monotonic_ns() - self._started

    @property
    def reached_limit(self) -> bool:
        """Whether there were as many executions as wanted."""
        return 0 < self.options.limit <= self.count

    def log_progress(self, running: int) -> None:
        """Print a line of statistics; `running` executions are in calls not yet answered."""
        now, count = time.monotonic_ns(), self.count + running
        rate = max(count - self._last_count, 0) * SECOND / max(now - self._last_time, 1)
        self._last_time, self._last_count = now, count
        if self.warming_up:
            done = self._warmup_total - self._warmup_left
            total = self._warmup_total
            line = report.warming_up(self.elapsed, done, total, covering=self.covering)
        elif self._minimizing is not None and not self.stopping:
            line = report.minimizing(self.elapsed, count, rate)
        else:
            line = report.progress(
                self.elapsed,
                count,
                rate,
                interesting=self.interesting,
                total=self._warmup_total + self.interesting,
                covering=self.covering,
                unstable=len(self.stability.flickering),
            )
        self._log(line)

    @property
    def reached(self) -> bytes:
        """What was ever reached, as counters on the wire."""
        return self._mask

    @property
    def phase(self) -> str:
        """What it is doing, in one word."""
        if self.warming_up:
            return "warmup"
        return "minimize" if self._minimizing is not None and not self.stopping else "fuzz"

    def standing(self) -> dict[str, int]:
        """Return how far it is, as its events say it."""
        return {
            "NewInputs": self.interesting,
            "Inputs": self._warmup_total - self._warmup_left + self.interesting,
            "Blocks": len(self._mask) - self._mask.count(0),
            "Bits": count_bits(self._mask),
            "Unstable": len(self.stability.flickering),
        }

    def next_input(self) -> Input | None:
        """Take the next input to run, or None if there is none now (Go: peekInput, sentInput)."""
        options = self.options
        if self.stopping or self._minimizing is not None or self._remaining() == 0:
            return None
        if self.warming_up and not self._queue:
            return None
        solve = self.covering and not self.warming_up and bool(self._unstudied)
        entry = self._unstudied.popleft() if solve else self._next_in_turn()
        if self.warming_up:
            chosen = self._warmup_of(entry)
        elif not solve and self._share(RUNS) in (0, RUNS) and self.stability.wants(entry):
            chosen = Input(entry, limit=RUNS, timeout=CALL_TIME, warmup=True)
            chosen.check = True
        elif options.repeatable:
            rounds = self._fruitless // len(self._pool.entries)
            count = self._share(CALL_COUNT << min(rounds, CALL_DOUBLINGS))
            chosen = Input(entry, limit=count, timeout=CALL_COUNT_TIME, warmup=False)
        else:
            chosen = Input(entry, limit=self._share(0), timeout=CALL_TIME, warmup=False)
        chosen.coverage = self._mask if self.covering else None
        chosen.solve = solve
        self._waiting += chosen.limit
        return chosen

    def _warmup_of(self, entry: Entry) -> Input:
        """Return what runs an entry as it is, and some more in the same call where that can be."""
        most = min(_WARMUP_INPUTS, len(self._queue) // self.options.parallel + 1)
        if self.options.limit:
            most = min(most, self._remaining())
        if self.options.go_workers:
            most = 1
        more = [self._queue.popleft() for _ in range(most - 1)]
        chosen = Input(entry, limit=1 + len(more), timeout=CALL_TIME, warmup=True)
        chosen.more = more
        return chosen

    def _next_in_turn(self) -> Entry:
        return self._queue.popleft() if self.warming_up else self._pool.turns.next()

    def next_minimization(self) -> Minimization | None:
        """Take the next input to make smaller, or None if there is none now."""
        options = self.options
        if self.stopping or not self._minimize_queue or not self._may_shrink():
            return None
        chosen = self._minimize_queue.popleft()
        chosen.timeout = options.minimize_timeout
        chosen.limit = options.minimize_limit
        if chosen.keep is not None:
            chosen.timeout = min(chosen.timeout or INTERESTING_TIME, INTERESTING_TIME)
            if options.repeatable:
                # The count must be what ends it, or the run would depend on time.
                chosen.timeout = CALL_COUNT_TIME
                chosen.limit = min(chosen.limit or INTERESTING_COUNT, INTERESTING_COUNT)
        if options.limit:
            share = self._share(0) if chosen.failure is None else self._remaining()
            chosen.limit = min(chosen.limit or share, share)
        self._waiting += chosen.limit
        return chosen

    def take(self, result: Result) -> None:
        """Take in what a worker found."""
        self._take_others(result)
        if self.stopping:
            return
        self.count += result.count
        self._waiting -= result.limit
        self._fruitless += 1
        if result.failure is not None:
            self.words.take(result.words)
            self._take_failure(result, result.failure)
        elif result.flicker is not None:
            self._mask = merge(self._mask, self.stability.take(result.flicker))
        elif result.coverage is not None and self.covering:
            if self.warming_up:
                self._mask = merge(self._mask, result.coverage)
                self._learn(result)
                self._warmed_up_one()
            else:
                self._take_coverage(result)
        elif self.warming_up:
            self._warmed_up_one()
        if self.reached_limit:
            self.stop(None)

    def _take_others(self, result: Result) -> None:
        """Take in the inputs that the same call ran before this one, and those it did not run."""
        for one in result.earlier:
            self.take(one)
        self._queue.extendleft(reversed(result.unrun))
        self._waiting -= len(result.unrun)

    def stop(self, failure: CampaignError | Crash | None) -> None:
        """End the campaign; the first failure counts (Go: stop)."""
        if self.failure is None:
            self.failure = failure
        self.stopping = True

    def keep_unshrunk(self, unfinished: Sequence[Minimization]) -> None:
        """Keep as they are: inputs still to be made smaller, and those being so; Go drops them."""
        waiting = [*unfinished, *self._minimize_queue]
        self._minimize_queue.clear()
        for task in waiting:
            if task.keep is not None:
                result = Result(task.entry, limit=0, count=0)
                result.coverage = task.keep
                self._take_coverage(result)

    def finish(self) -> CampaignError | Crash | None:
        """Return why the campaign failed, or None; a crash still being minimised counts."""
        if self._minimizing is not None and not isinstance(self.failure, Crash):
            self.failure = self._minimizing
        return self.failure

    def conclude(self, passes: Callable[[bytes], bool | None]) -> tuple[str, bool]:
        """Return what is to be said besides the failure, and if it is one: nothing, here."""
        return "", False

    def _take_failure(self, result: Result, failure: Failure) -> None:
        entry = result.entry
        assert entry is not None
        if self.warming_up and entry.is_seed:
            test = os.path.basename(self.options.corpus_dir)
            self._log(report.seed_failure(test, os.path.basename(entry.parent)))
            self.stop(CampaignError(failure.text))
        elif result.minimizable and self._may_shrink():
            if self._minimizing is None:
                self._minimizing = Crash(entry, failure)
                self.tell_minimizing(entry)
                self.keep_unshrunk(())
                self._minimize_queue.append(Minimization(entry, failure, None))
        else:
            self.stop(Crash(entry, failure))

    def tell_minimizing(self, entry: Entry) -> None:
        """Say that a failing input is about to be made smaller."""
        self._log(report.minimizing_failure(len(entry.data or b"")))
        self.options.events.tell("minimize", Size=len(entry.data or b""))

    def _take_coverage(self, result: Result) -> None:
        assert result.coverage is not None
        assert result.entry is not None
        new = subtract(result.coverage, self._mask)
        if not any(new):
            return
        self.words.take(result.words)
        if result.minimizable and self._may_shrink() and self._minimizing is None:
            self._minimize_queue.append(Minimization(result.entry, None, new))
            return
        entry = result.entry
        self._fruitless = 0
        self._mask = merge(self._mask, new)
        if not self._pool.add(entry):
            if self._debugging:
                self._log(report.duplicate(entry.name))
            return
        try:
            path = corpus.write_entry(self.options.cache_dir, entry.data or b"")
        except OSError as error:
            self.stop(CampaignError(f"writing to the cache: {error}"))
            return
        size = len(entry.data or b"")
        entry.path, entry.data = path, None
        self._learn(result)
        self._unstudied.appendleft(entry)
        self.interesting += 1
        telling.interesting(self, path, size)

    def _learn(self, result: Result) -> None:
        """Tell what gives turns to entries what one reaches, and how fast if that may count."""
        if result.entry is not None and result.coverage is not None:
            duration = 0 if self.options.repeatable else result.duration
            self._pool.turns.learn(result.entry, result.coverage, duration)

    def _warmed_up_one(self) -> None:
        self._warmup_left -= 1
        if self._warmup_left == 0:
            options = self.options
            total = self._warmup_total
            self._log(
                report.warmed_up(self.elapsed, total, options.parallel, covering=self.covering)
            )
            if self._debugging:
                bits = int.from_bytes(self._mask, "little").bit_count()
                self._log(report.corpus_processed(len(self._pool.entries), bits))

    def _remaining(self) -> int:
        """Return how many executions may still be asked for; -1 without a limit."""
        limit = self.options.limit
        return max(limit - self.count - self._waiting, 0) if limit else -1

    def _share(self, most: int) -> int:
        """Return how many executions one call may have: at most `most`, 0 for any number."""
        limit = self.options.limit
        if not limit:
            return most
        share = min(-(-limit // self.options.parallel), self._remaining())
        return min(share, most) if most else share

    def _may_shrink(self) -> bool:
        return self._can_shrink and self._remaining() != 0
