"""Decides which input is executed next, and evaluates results (Go: coordinator).

This module starts no processes and waits for none; loop.py does.
"""

from __future__ import annotations

import os
import time

from fuzzengine.campaign import event_data
from fuzzengine.campaign.cache import CampaignCache
from fuzzengine.campaign.event_data import ModuleEvents
from fuzzengine.campaign.reached import Reached
from fuzzengine.campaign.tasks import (
    CALL_COUNT_TIME,
    CampaignError,
    CheckTask,
    Crash,
    Executions,
    FuzzTask,
    MinimizeQueue,
    Result,
    SeedFailure,
    TimeBudget,
    WarmUp,
    WarmUpTask,
)
from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.instrument.coverage import bit_numbers, subtract
from fuzzengine.report import lines as report
from fuzzengine.schedule.queue import InputQueue
from fuzzengine.schedule.stability import RUNS
from fuzzengine.schedule.word_count import WordCount
from scriptest.base.duration import MILLISECOND, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Input, MinimizeTask
    from fuzzengine.corpus.entry import Entry

CALL_TIME = 100 * MILLISECOND
"""How long a worker tries mutations of one input, in nanoseconds."""

CALL_COUNT, CALL_DOUBLINGS = 250, 3
"""How many executions a call has where the run must not depend on time. The number doubles, up to
CALL_DOUBLINGS times, whenever all entries had a turn and none found anything new."""

_WARMUP_INPUTS = 128  # a call costs as much as about ten executions of a small target

_DEFAULT_ENTRY = "default"


class ProgressLog:
    """Prints the lines of a campaign and measures its time."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self._debugging = "fuzzdebug=1" in os.environ.get("GODEBUG", "").split(",")
        self._started = self._last_time = time.monotonic_ns()
        self._last_count = 0

    @property
    def elapsed(self) -> int:
        """Nanoseconds since the campaign began."""
        return time.monotonic_ns() - self._started

    def rate(self, count: int) -> float:
        """Return the executions a second since the last call; `count` is their number so far."""
        now = time.monotonic_ns()
        rate = max(count - self._last_count, 0) * SECOND / max(now - self._last_time, 1)
        self._last_time, self._last_count = now, count
        return rate

    def debug(self, text: str) -> None:
        """Print a line if GODEBUG=fuzzdebug=1 is set."""
        if self._debugging:
            self.write(text)


class Campaign:
    """Queues, corpus and coverage of a campaign.

    Attributes:
        executions: the number of executions, and how many are left.
        time: the time limit.
        warmup: the inputs of the corpus that are executed first, unmodified.
        minimizing: the inputs to be minimized.
        pool: the inputs to be mutated.
        reached: the coverage of all inputs.
        words: the dictionary words in new inputs and failures.
        interesting: the number of new inputs.
        stopping: no more calls are made.
        failure: the reason why the campaign failed, or None.
    """

    def __init__(self, options: Options, log: Callable[[str], object]) -> None:
        self.options = options
        self.executions = Executions(options.limit, options.parallel)
        self.time = TimeBudget(options.timeout)
        self.minimizing = MinimizeQueue(options, self.executions)
        self.queue = InputQueue(in_turn=options.in_turn)
        checking = self.covering and not options.in_turn and not options.go_workers
        self.reached = Reached(options, checking=checking)
        self._modules = ModuleEvents(options)
        self.words = WordCount(options.words)
        self.interesting = 0
        self.stopping = False
        self.failure: CampaignError | Crash | None = None
        self._log = ProgressLog(log)
        self._cache = options.inputs or CampaignCache(options.cache_dir, options.kinds, log)
        self.warmup = WarmUp(self._load())
        if not self.queue.entries:
            log(report.EMPTY_CORPUS)
            values = [kind.zero() for kind in options.kinds]
            data = marshal(options.kinds, values)
            # Not `add`: an input with the same content may still be found and kept.
            self.queue.add_unrun(Entry(_DEFAULT_ENTRY, data=data))
        self.queue.unstudied.extend(self.queue.entries)
        self._stop_after_corpus()

    def _load(self) -> list[Entry]:
        """Fill the pool; return the inputs of the warm-up."""
        options = self.options
        for entry in options.seeds:
            self.queue.add(entry)
        for entry in self._cache.read():
            self.queue.add(entry)
        if self.covering or options.corpus_only:
            return self.queue.entries
        self._log.write(report.NO_COVERAGE)
        return options.seeds

    @property
    def covering(self) -> bool:
        """Whether the code under test is instrumented."""
        return self.options.coverage_size > 0

    @property
    def warming_up(self) -> bool:
        """Whether inputs of the corpus are still being executed unmodified."""
        return self.warmup.left > 0

    @property
    def elapsed(self) -> int:
        """Nanoseconds since the campaign began."""
        return self._log.elapsed

    def worker_ready(self) -> None:
        """Start the clock of the time limit, unless seeds are still to be executed."""
        if not self.warmup.seeds_left:
            self.time.start()

    def log_progress(self, running: int) -> None:
        """Print a progress line; `running` is the number of executions in unanswered calls."""
        count = self.executions.count + running
        rate = self._log.rate(count)
        if self.warming_up:
            done, total = self.warmup.done, self.warmup.total
            line = report.warming_up(self.elapsed, done, total, covering=self.covering)
        elif self.phase == "minimize":
            line = report.minimizing(self.elapsed, count, rate)
        else:
            line = report.progress(
                self.elapsed,
                count,
                rate,
                interesting=self.interesting,
                total=self.warmup.total + self.interesting,
                covering=self.covering,
                unstable=len(self.reached.stability.unstable),
            )
        self._log.write(line)

    def tell_progress(self, running: int, more: Mapping[str, int]) -> None:
        """Send a progress event.

        Args:
            running: the number of executions in unanswered calls.
            more: further figures.
        """
        events = self.options.events
        if events.wanted:
            count = self.executions.count + running
            left = self.time.left
            if left is not None:
                more = {**more, "Left": max(left, 0) // SECOND}
            events.progress(self.phase, count, **self.figures(), **more)

    def tell_modules(self) -> None:
        """Send the events about modules whose coverage has changed."""
        self._modules.send(self.reached)

    @property
    def phase(self) -> str:
        """The phase of the campaign: `warmup`, `minimize` or `fuzz`."""
        if self.warming_up:
            return "warmup"
        return "minimize" if self.minimizing.crash is not None and not self.stopping else "fuzz"

    def figures(self) -> dict[str, int]:
        """Return the figures that events report."""
        return {
            "NewInputs": self.interesting,
            "Inputs": self.warmup.done + self.interesting,
            "Total": self.warmup.total + self.interesting,
            **self.reached.figures(),
        }

    def next_input(self) -> Input | None:
        """Return the next input to execute, or None (Go: peekInput, sentInput)."""
        if self.stopping or self.minimizing.crash is not None or self.executions.remaining == 0:
            return None
        if not self.warming_up:
            if self.options.corpus_only:
                return None
            task = self._next_in_turn()
        elif self.warmup.waiting:
            task = self._next_for_warmup()
        else:
            return None
        task.coverage = self.reached.mask if self.covering else None
        self.executions.reserve(task.limit)
        return task

    def _next_for_warmup(self) -> Input:
        """Return the next inputs of the warm-up, as many as one call may have."""
        count = min(_WARMUP_INPUTS, (self.warmup.waiting - 1) // self.options.parallel + 1)
        if self.options.limit:
            count = min(count, self.executions.remaining)
        if self.options.go_workers:
            count = 1
        return WarmUpTask(self.warmup.pop(count), timeout=CALL_TIME)

    def _next_in_turn(self) -> Input:
        """Return a task for a new entry, or else for the entry whose turn it is."""
        queue, share = self.queue, self.executions.share
        new = self.covering and bool(queue.unstudied)
        entry = queue.unstudied.popleft() if new else queue.schedule.next()
        solve = new and not self.options.go_workers
        if not new and share(RUNS) in (0, RUNS) and self.reached.stability.wants(entry):
            return CheckTask(entry, timeout=CALL_TIME)
        if not self.options.repeatable:
            return FuzzTask(entry, limit=share(0), timeout=CALL_TIME, solve=solve)
        doublings = min(queue.fruitless // len(queue.entries), CALL_DOUBLINGS)
        limit = share(CALL_COUNT << doublings)
        return FuzzTask(entry, limit=limit, timeout=CALL_COUNT_TIME, solve=solve)

    def next_minimization(self) -> MinimizeTask | None:
        """Return the next input to minimize, or None."""
        return None if self.stopping else self.minimizing.next()

    def handle_result(self, result: Result) -> None:
        """Evaluate a result of a worker."""
        self._handle_other_results(result)
        if self.stopping:
            return
        self.executions.count_result(result)
        self.queue.fruitless += 1
        if result.failure is not None:
            self.words.add(result.words)
            self._handle_failure(result, result.failure)
        elif result.unstable_bits is not None:
            self.reached.ignore(result.unstable_bits)
            if self.options.events.entries and any(result.unstable_bits):
                self.options.events.emit("unstable", Bits=bit_numbers(result.unstable_bits))
        elif result.coverage is not None and self.covering:
            if self.warming_up:
                self.reached.add(result.coverage)
                self._learn(result)
                self._warmed_up(result)
            else:
                self._handle_coverage(result)
        elif self.warming_up:
            self._warmed_up(result)
        if self.executions.reached_limit:
            self.stop(None)
        self._stop_after_corpus()

    def _stop_after_corpus(self) -> None:
        """End a campaign that only executes the corpus, once that and all minimizing is done."""
        if self.options.corpus_only and not self.warming_up and self.minimizing.crash is None:
            self.stop(None)

    def handle_late_result(self, result: Result) -> None:
        """Take in a failure that a worker reports after the campaign was stopped."""
        if result.failure is not None and self.failure is None and self.minimizing.crash is None:
            result.minimizable = False
            self._handle_failure(result, result.failure)

    def _handle_other_results(self, result: Result) -> None:
        """Evaluate the other inputs of the call; queue those again that it did not execute."""
        for one in result.earlier:
            self.handle_result(one)
        self.warmup.put_back(result.unrun)
        self.executions.release(len(result.unrun))

    def stop(self, failure: CampaignError | Crash | None) -> None:
        """End the campaign; the first failure counts (Go: stop)."""
        if self.failure is None:
            self.failure = failure
        self.stopping = True

    def keep_unshrunk(self, unfinished: Iterable[MinimizeTask]) -> None:
        """Keep the interesting inputs that are not minimized yet, unmodified; Go drops them."""
        for task in [*unfinished, *self.minimizing.drain()]:
            if task.keep is not None:
                result = Result(task.entry, limit=0, count=0)
                result.coverage = task.keep
                self._handle_coverage(result)

    def finish(self) -> CampaignError | Crash | None:
        """Return the reason of failure, or None; a crash that is still being minimized counts."""
        if self.minimizing.crash is not None and not isinstance(self.failure, Crash):
            self.failure = self.minimizing.crash
        return self.failure

    def conclude(self, passes: Callable[[bytes], bool | None]) -> tuple[str, bool]:
        """Return a summary besides the failure, and whether it reports one; empty here.

        Args:
            passes: executes an input in a new process; None means to execute no more.
        """
        return "", False

    def _handle_failure(self, result: Result, failure: Failure) -> None:
        entry = result.entry
        assert entry is not None
        if self.warming_up and entry.is_seed:
            test = os.path.basename(self.options.corpus_dir)
            self._log.write(report.seed_failure(test, os.path.basename(entry.parent)))
            self.stop(SeedFailure(Crash(entry, failure)))
        elif not (result.minimizable and self.minimizing.possible):
            self.stop(Crash(entry, failure))
        elif self.minimizing.crash is None:
            self._tell_minimizing(entry)
            self.keep_unshrunk(())
            self.minimizing.add_crash(Crash(entry, failure))

    def _tell_minimizing(self, entry: Entry) -> None:
        """Report that a failing input is about to be minimized."""
        size = len(entry.data or b"")
        self._log.write(report.minimizing_failure(size))
        self.options.events.emit("minimize", Size=size)

    def _handle_coverage(self, result: Result) -> None:
        entry = result.entry
        assert result.coverage is not None
        assert entry is not None
        new = subtract(result.coverage, self.reached.mask)
        if not any(new):
            return
        self.words.add(result.words)
        minimizing = self.minimizing
        if result.minimizable and minimizing.possible_for_interesting and minimizing.crash is None:
            minimizing.add_interesting(entry, new)
            return
        self.queue.fruitless = 0
        self.reached.add(new)
        if not self.queue.add(entry):
            self._log.debug(report.duplicate(entry.name))
            return
        data = entry.data or b""
        size, path = len(data), self._cache.write(entry)
        self._learn(result, data)
        self.queue.unstudied.appendleft(entry)
        self.interesting += 1
        if self.options.events.wanted:
            count, figures = self.executions.count, self.figures()
            self.options.events.emit("interesting", Path=path, Size=size, Execs=count, **figures)

    def _learn(self, result: Result, data: bytes | None = None) -> None:
        """Pass coverage and duration of an entry on to the schedule.

        Without the duration where the run must not depend on time.

        Args:
            result: the result of an execution.
            data: the bytes of the entry, if they are at hand.
        """
        entry = result.entry
        if entry is None or result.coverage is None:
            return
        duration = 0 if self.options.repeatable else result.duration
        self.queue.schedule.learn(entry, result.coverage, duration)
        if self.options.events.modules:
            self.reached.inputs.add(entry.path, data or entry.load(), result.coverage)
        event_data.entry(self.options.events, entry.path, result.coverage, new=data is not None)

    def _warmed_up(self, result: Result) -> None:
        assert result.entry is not None
        self.warmup.record(result.entry)
        if not self.warming_up:
            total, workers = self.warmup.total, self.options.parallel
            line = report.warmed_up(self.elapsed, total, workers, covering=self.covering)
            if self.options.corpus_only:
                line = report.corpus_executed(self.elapsed, total)
            if not self.options.live:
                self._log.write(line)
            bits = int.from_bytes(self.reached.mask, "little").bit_count()
            self._log.debug(report.corpus_processed(len(self.queue.entries), bits))
