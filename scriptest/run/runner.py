"""Runs scripts on threads, with retries and expected failures."""

from __future__ import annotations

import threading
from _queue import Empty, SimpleQueue
from contextlib import nullcontext
from functools import partial

from scriptest.base.errors import NO_MORE_THREADS, HostError, exhaustion, reason_of
from scriptest.config.config import Config, Retries
from scriptest.engine.result import Failure, Result, Status
from scriptest.run.executor import Attempt, Executor, FailedScript
from scriptest.run.options import Options
from scriptest.run.scheduler import Schedule
from scriptest.sandbox.log import LogEntry, LogSection
from scriptest.suite.suite import Selected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from scriptest.run.update import GoldenChange

    Rewriting = Callable[[str], AbstractContextManager[object]]

__all__ = ["Options", "Runner"]

# A signal that arrives just before the main thread blocks does not wake it.
_LONGEST_WAIT = 0.1
# Two for each script that is over.
_MOST_WAITING = 16


def _ignore(selected: Selected) -> None:
    """Do nothing about a script that starts."""


def _nothing() -> None:
    """Do nothing meanwhile."""


class _HeldScript:
    """A script that waits until a function was called in the thread that reports.

    Attributes:
        act: returns whether further scripts may start.
        released: set when it has returned.
    """

    __slots__ = ("act", "released")

    def __init__(self, act: Callable[[], bool]) -> None:
        self.act = act
        self.released = threading.Event()


class _Logged:
    """A new section or entry of a script's log."""

    __slots__ = ("item", "selected")

    def __init__(self, selected: Selected, item: LogSection | LogEntry) -> None:
        self.selected = selected
        self.item = item


Message = Selected | Result | _HeldScript | _Logged


class _Inbox:
    """Messages from the threads of a run to the thread that reports."""

    def __init__(
        self,
        on_result: Callable[[Result], None],
        on_start: Callable[[Selected], None],
        on_log: Callable[[Selected, LogSection | LogEntry], None] | None,
    ) -> None:
        # An interrupt may come between a queue and the variable that takes from it: the list keeps.
        self._messages: list[Message | None] = []
        self._delivered = 0
        self._thread_ended: SimpleQueue[bool] = SimpleQueue()
        self._on_result = on_result
        self._on_start = on_start
        self._on_log = on_log
        self._closed = False
        self.stopped = False
        """True once no script may start."""

    def hold(self, act: Callable[[], bool]) -> None:
        """Have a function called by the thread that reports, and wait until it has returned."""
        held = _HeldScript(act)
        self.send(held)
        if not self._closed:
            held.released.wait()

    def release_all(self) -> None:
        """Let no thread wait any more."""
        self._closed = True
        for message in self._messages:
            if isinstance(message, _HeldScript):
                message.released.set()

    def send(self, message: Message) -> None:
        """Report that a script starts, what it logs, how it ended, or that it waits."""
        self._messages.append(message)
        waiting = len(self._messages) - self._delivered
        # Most can wait until the reporting thread wakes by itself: each change of threads takes
        # time. But messages that wait hold whole logs in memory.
        if isinstance(message, _HeldScript) or waiting % _MOST_WAITING == 0:
            self._thread_ended.put(False)

    def end_thread(self) -> None:
        """Report that the calling thread ends."""
        self._thread_ended.put(True)

    def wait(self) -> bool:
        """Wait for messages, not for long; return True if a thread has ended."""
        try:
            return self._thread_ended.get(timeout=_LONGEST_WAIT)
        except Empty:
            return False

    def deliver(self) -> None:
        """Pass new messages to the callbacks."""
        for message in self._messages[self._delivered :]:
            if isinstance(message, Result):
                self._on_result(message)
            elif isinstance(message, Selected):
                self._on_start(message)
            elif isinstance(message, _Logged):
                if self._on_log is not None:
                    self._on_log(message.selected, message.item)
            elif message is not None and not message.released.is_set():
                self.stopped = not message.act() or self.stopped
                message.released.set()
            self._delivered += 1
            # Thousands of results, with their logs, would fill the memory.
            self._messages[self._delivered - 1] = None


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
        self._executor = Executor(options)
        self._choose: Callable[[Sequence[GoldenChange]], list[GoldenChange]] = _choose_none
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._failures = 0

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Make the run's temporary folder, and call `suite_setup` of the scripts' suites.

        Further calls do only what is missing; so does `run_one`.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or a setup failed.
        """
        self._executor.prepare(scripts)

    # --- one script --------------------------------------------------------------------------

    def run_one(self, selected: Selected) -> Result:
        """Run a script and return how it ended; it raises nothing of its own.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or the suite's
                setup failed.
            OSError: no sandbox can be made.
        """
        if selected.header.xfail:
            return _expected_to_fail(self._executor.attempt(selected).result, selected)
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
            return self._executor.attempt(selected).result
        from scriptest.compare.goldens import UpdateRules

        attempt = self._executor.attempt(selected, update=UpdateRules())
        if attempt.goldens is None or not attempt.goldens.replaced():
            return _with_refusals(attempt)
        from scriptest.run import update

        with self._lock_of(selected), self._rewriting(selected.path):
            choose = self._choose if self.options.update == "ask" else None
            return update.Update(self._executor, selected, attempt).result(
                show_only=self.options.update == "diff", choose=choose
            )

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
        on_failure: Callable[[FailedScript], bool] | None = None,
        ask: Callable[[GoldenChange], bool | None] | None = None,
        on_log: Callable[[Selected, LogSection | LogEntry], None] | None = None,
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
            ask: called there with each change of a golden file, for `update="ask"`; returns whether
                to write it, or None to write it not and begin no further script.
            on_log: called there with each new section and entry of the log of a script that runs.

        Returns:
            False if the run was interrupted; what had ended by then was reported.
        """
        schedule = Schedule(scripts)
        inbox = _Inbox(on_result, on_start, on_log)
        if on_log is not None:
            self._executor.on_log = lambda selected, item: inbox.send(_Logged(selected, item))
        if on_failure is not None:
            self._executor.on_failure = lambda failed: inbox.hold(partial(on_failure, failed))
        self._choose = partial(_ask, inbox, ask)
        threads: list[threading.Thread] = []
        ended = 0
        try:
            while self._grow(threads, schedule, inbox) > ended:
                on_idle()
                ended += inbox.wait()
                inbox.deliver()
                if inbox.stopped:
                    schedule.clear()
        except BaseException as error:
            schedule.clear()
            self.interrupt()
            inbox.release_all()
            _join(threads)
            if not isinstance(error, KeyboardInterrupt):
                raise
            inbox.deliver()
            return False
        return not inbox.stopped

    def places(self) -> int:
        """Return the number of scripts that run at the same time; it may grow during a run."""
        return self.options.jobs

    def _grow(self, threads: list[threading.Thread], schedule: Schedule, inbox: _Inbox) -> int:
        """Start the threads that are missing; return how many there are."""
        while len(threads) < max(1, self.places()) and (len(schedule) or not threads):
            thread = threading.Thread(target=self._work, args=(schedule, inbox), daemon=True)
            threads.append(thread)
            _start(thread)
        return len(threads)

    def _work(self, schedule: Schedule, inbox: _Inbox) -> None:
        try:
            while True:
                selected = schedule.next_script()
                if selected is None:
                    return
                try:
                    inbox.send(selected)
                    result = self.run_guarded(selected)
                    if result.status.is_failure and self._is_last_failure():
                        schedule.clear()
                    inbox.send(result)
                finally:
                    schedule.release(selected)
        finally:
            inbox.end_thread()

    def _is_last_failure(self) -> bool:
        """Count a failure, and return whether no further script may begin."""
        with self._lock:
            self._failures += 1
            return self._failures == self.options.max_failures

    def run_guarded(self, selected: Selected) -> Result:
        """Run a script and return how it ended, also if the system refuses what it needs.

        Raises:
            SuiteError: the suite's setup failed.
        """
        try:
            return self.run_one(selected)
        except OSError as error:
            return unrunnable(selected, error)
        except HostError as error:
            return _broken(selected, str(error))
        except Exception as error:
            from traceback import format_exc

            return _broken(selected, f"internal error: {error!r}", format_exc())

    def interrupt(self) -> None:
        """End every running script at once."""
        self._executor.interrupt()

    def close(self) -> None:
        """End the run: teardowns, and the temporary folder unless it is to be kept.

        Raises:
            SuiteError: a teardown failed; everything else was done nevertheless.
        """
        self._executor.close()


def _start(thread: threading.Thread) -> None:
    try:
        thread.start()
    except RuntimeError:
        raise HostError(NO_MORE_THREADS) from None


def _join(threads: Sequence[threading.Thread]) -> None:
    """Wait for the end of those threads that were started."""
    for thread in threads:
        if thread.ident is not None:
            thread.join()


def _broken(selected: Selected, message: str, detail: str = "") -> Result:
    failure = Failure(selected.file, 0, 0, message, detail)
    return Result(selected.name, selected.path, Status.BROKEN, 0.0, failure=failure)


def _choose_none(changes: Sequence[GoldenChange]) -> list[GoldenChange]:
    """Choose no change, since nothing can ask."""
    return []


def _ask(
    inbox: _Inbox,
    ask: Callable[[GoldenChange], bool | None] | None,
    changes: Sequence[GoldenChange],
) -> list[GoldenChange]:
    """Return the changes that the callback accepts; the thread that reports calls it."""
    chosen: list[GoldenChange] = []

    def act() -> bool:
        if ask is None or inbox.stopped:
            return True
        for change in changes:
            answer = ask(change)
            if answer is None:
                return False
            if answer:
                chosen.append(change)
        return True

    inbox.hold(act)
    return chosen


def unrunnable(selected: Selected, error: OSError) -> Result:
    """Return the result of a script that has no sandbox because the system refused it."""
    reason = exhaustion(error)
    if reason:
        return _broken(selected, reason)
    message = f"no sandbox can be made for it: {reason_of(error)}"
    failure = Failure(selected.file, 0, 0, message, "")
    return Result(selected.name, selected.path, Status.FAILED, 0.0, failure=failure)


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
    """Return the first, failed try as the result of a flaky script."""
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
