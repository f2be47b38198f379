"""Runs scripts: on threads, with retries, judged by what is expected of them."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple

from scriptest.base.errors import reason_of
from scriptest.config.config import Config, Retries
from scriptest.engine.result import Failure, Result, Status
from scriptest.run.executor import Attempt, Bench, Stopped
from scriptest.run.options import Options
from scriptest.run.scheduler import Schedule
from scriptest.suite.suite import Selected

__all__ = ["Options", "Runner"]

Rewriting = Callable[[str], AbstractContextManager[object]]

# A signal that arrives just before the main thread blocks does not wake it.
_LONGEST_WAIT = 0.1
# Two for each script that is over.
_MOST_WAITING = 16


def _ignore(selected: Selected) -> None:
    """Do nothing about a script that begins."""


def _nothing() -> None:
    """Do nothing meanwhile."""


class _Question(NamedTuple):
    asked: Callable[[Stopped], bool]
    stopped: Stopped
    answered: threading.Event


class _News:
    """What the threads of a run tell the one that reports."""

    enough = False
    """Whether nobody wants further scripts to begin."""

    def __init__(
        self, on_result: Callable[[Result], None], on_start: Callable[[Selected], None]
    ) -> None:
        # An interrupt may come between a queue and the variable that takes from it: the list keeps.
        self._told: list[Selected | Result | _Question | None] = []
        self._reported = 0
        self._thread_ended: SimpleQueue[bool] = SimpleQueue()
        self._on_result = on_result
        self._on_start = on_start
        self._nobody_answers = False

    def ask(self, asked: Callable[[Stopped], bool], stopped: Stopped) -> None:
        """Say that a script has failed, and wait until the one that reports has seen to it."""
        question = _Question(asked, stopped, threading.Event())
        self.tell(question)
        if not self._nobody_answers:
            question.answered.wait()

    def answer_all(self) -> None:
        """Let nobody wait any more."""
        self._nobody_answers = True
        for news in self._told:
            if isinstance(news, _Question):
                news.answered.set()

    def tell(self, news: Selected | Result | _Question) -> None:
        """Say that a script begins, or how it ended, or that it waits."""
        self._told.append(news)
        waiting = len(self._told) - self._reported
        # Most can wait: nobody looks more often than the reporter wakes by itself, and each change
        # of threads takes time. But what waits, logs among it, takes memory.
        if isinstance(news, _Question) or waiting % _MOST_WAITING == 0:
            self._thread_ended.put(False)

    def end(self) -> None:
        """Say that the thread ends."""
        self._thread_ended.put(True)

    def wait(self) -> bool:
        """Wait for news, not for long; return whether it is that a thread has ended."""
        try:
            return self._thread_ended.get(timeout=_LONGEST_WAIT)
        except Empty:
            return False

    def report(self) -> None:
        """Pass on what was not passed on yet."""
        for news in self._told[self._reported :]:
            if isinstance(news, Result):
                self._on_result(news)
            elif isinstance(news, Selected):
                self._on_start(news)
            elif news is not None and not news.answered.is_set():
                self.enough = not news.asked(news.stopped) or self.enough
                news.answered.set()
            self._reported += 1
            # Thousands of results, with their logs, would fill the memory.
            self._told[self._reported - 1] = None


class Runner:
    """One run of scripts."""

    def __init__(self, options: Options, *, rewriting: Rewriting = nullcontext) -> None:
        """Prepare a run; nothing is made on disk before the first script.

        Args:
            options: how to run.
            rewriting: gives a context, from a script's path, in which no other process that
                runs scripts rewrites that file.
        """
        self.options = options
        self._rewriting = rewriting
        self._bench = Bench(options)
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Make the run's temporary folder, and call `suite_setup` of the scripts' suites.

        What was done already is not done again; `run_one` does what is missing.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or a setup failed.
        """
        self._bench.prepare(scripts)

    # --- one script --------------------------------------------------------------------------

    def run_one(self, selected: Selected) -> Result:
        """Run a script and return how it ended; it raises nothing of its own.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or the suite's
                setup failed.
            OSError: no sandbox can be made.
        """
        if selected.header.xfail:
            return _expected_to_fail(self._bench.attempt(selected).result, selected)
        retries = self._retries(selected)
        first = result = self._try(selected)
        attempts = 1
        while result.status is Status.FAILED and attempts <= retries.times:
            result = self._try(selected)
            attempts += 1
        if attempts == 1:
            return first
        if result.status is Status.PASSED:
            return _flaky(first, attempts, retries)
        return result._replace(attempts=attempts)

    def _retries(self, selected: Selected) -> Retries:
        if self.options.retries is not None:
            return self.options.retries
        config = selected.suite.config if selected.suite else Config()
        return selected.header.retries or config.retries

    def _try(self, selected: Selected) -> Result:
        if not self.options.update:
            return self._bench.attempt(selected).result
        attempt = self._bench.attempt(selected, update=True)
        if attempt.goldens is None or not attempt.goldens.replaced():
            return _with_refusals(attempt)
        from scriptest.run import update

        with self._lock_of(selected), self._rewriting(selected.path):
            return update.settle(self._bench, selected, attempt, self.options.update)

    def _lock_of(self, selected: Selected) -> threading.Lock:
        """Return the lock of a script file, which several variants may want to rewrite."""
        with self._lock:
            return self._locks.setdefault(selected.path, threading.Lock())

    # --- all of them -------------------------------------------------------------------------

    def run(
        self,
        scripts: Iterable[Selected],
        on_result: Callable[[Result], None],
        on_start: Callable[[Selected], None] = _ignore,
        on_idle: Callable[[], None] = _nothing,
        on_failure: Callable[[Stopped], bool] | None = None,
    ) -> bool:
        """Run scripts, as many at a time as the options say.

        Args:
            scripts: what to run; nothing of a script that is over is kept here.
            on_result: called in the caller's thread with each result, at most a tenth of a second
                later; again with the same one if an interrupt came during the call.
            on_start: called there with each script that begins, likewise.
            on_idle: called there ten times a second or more often; a KeyboardInterrupt that it
                raises ends the run.
            on_failure: called there with each script that has just failed, which waits for it; if
                it returns False, no further script begins.

        Returns:
            False if the run was interrupted; what had ended by then was reported.
        """
        schedule = Schedule(scripts)
        news = _News(on_result, on_start)
        if on_failure is not None:
            self._bench.on_failure = partial(news.ask, on_failure)
        count = max(1, min(self.options.jobs, len(schedule)))
        threads = [
            threading.Thread(target=self._work, args=(schedule, news), daemon=True)
            for _ in range(count)
        ]
        try:
            for thread in threads:
                thread.start()
            alive = count
            while alive:
                on_idle()
                alive -= news.wait()
                news.report()
                if news.enough:
                    schedule.clear()
        except BaseException as error:
            schedule.clear()
            self.interrupt()
            news.answer_all()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
            if not isinstance(error, KeyboardInterrupt):
                raise
            news.report()
            return False
        return not news.enough

    def _work(self, schedule: Schedule, news: _News) -> None:
        try:
            while True:
                selected = schedule.take()
                if selected is None:
                    return
                try:
                    news.tell(selected)
                    news.tell(self._guarded(selected))
                finally:
                    schedule.release(selected)
        finally:
            news.end()

    def _guarded(self, selected: Selected) -> Result:
        try:
            return self.run_one(selected)
        except OSError as error:
            reason = reason_of(error)
            failure = Failure(selected.file, 0, 0, f"no sandbox can be made for it: {reason}", "")
            return Result(selected.name, selected.path, Status.FAILED, 0.0, failure=failure)
        except Exception as error:
            from traceback import format_exc

            failure = Failure(selected.file, 0, 0, f"internal error: {error!r}", format_exc())
            return Result(selected.name, selected.path, Status.BROKEN, 0.0, failure=failure)

    def interrupt(self) -> None:
        """End every running script at once."""
        self._bench.interrupt()

    def close(self) -> None:
        """End the run: teardowns, and the temporary folder unless it is to be kept.

        Raises:
            SuiteError: a teardown failed; everything else was done nevertheless.
        """
        self._bench.close()


def _expected_to_fail(result: Result, selected: Selected) -> Result:
    reason = selected.header.xfail
    if result.status is Status.FAILED:
        return result._replace(status=Status.XFAIL, reason=reason)
    if result.status is Status.PASSED:
        message = f"it passes, but its header expects it to fail: {reason}"
        failure = Failure(selected.file, 0, 0, message, "")
        return result._replace(status=Status.XPASS, failure=failure)
    return result


def _flaky(first: Result, attempts: int, retries: Retries) -> Result:
    """Return the failed try, which is what there is to see, as the result of a flaky script."""
    status = Status.FLAKY_ALLOWED if retries.allow_flaky else Status.FLAKY
    reason = (
        f"failed once, passed at try {attempts}"
        if attempts == 2
        else (f"failed {attempts - 1} times, passed at try {attempts}")
    )
    return first._replace(status=status, reason=reason, attempts=attempts)


def _with_refusals(attempt: Attempt) -> Result:
    """Return the result of a script that failed together with why nothing was updated."""
    result, goldens = attempt.result, attempt.goldens
    if result.failure is None or goldens is None or not goldens.refusals:
        return result
    detail = "\n".join(filter(None, (result.failure.detail, *goldens.refusals)))
    return result._replace(failure=result.failure._replace(detail=detail))
