"""The state of one worker in a campaign, and the reaction to its end (Go: worker)."""

from __future__ import annotations

import os
import time

from fuzzengine.base import errors
from fuzzengine.base.failure import FAILED, FRAMES, Failure
from fuzzengine.base.frames import printed_positions
from fuzzengine.base.processor import processor_wait
from fuzzengine.campaign.batch_calls import CheckCall, WarmUpCall
from fuzzengine.campaign.calls import FuzzCall, InternalError, MinimizeCall
from fuzzengine.campaign.tasks import CampaignError, CheckTask, WarmUpTask
from fuzzengine.campaign.worker_process import Answer, Broken, Ended, Stopped
from fuzzengine.ipc import messages
from fuzzengine.report import lines as report
from scriptest.base.duration import MILLISECOND, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.campaign.options import Limits, Options
    from fuzzengine.campaign.tasks import Input, MinimizeTask, Result
    from fuzzengine.campaign.worker_process import Event, WorkerProcess
    from fuzzengine.golang.traces import GoTraces
    from fuzzengine.ipc.exit_status import ExitStatus

NEVER = 1 << 62
"""A deadline that does not come."""

INTERNAL_FAILURE = 70
SKIP_PING_VARIABLE = "FUZZENGINE_TEST_SKIP_PING"
"""For tests: with the value 1, workers count as ready as soon as they are started."""

_STOP_GRACE = SECOND
_BROKEN_GRACE = 250 * MILLISECOND
_REPORT_GRACE = 5 * SECOND

_STARTING, _IDLE, _BUSY, _ENDING, _GONE = "starting", "idle", "busy", "ending", "gone"
_START, _TIME, _MEMORY, _REPORT, _STOP = "start", "timeout", "memory", "report", "stopped"
"""The limits that a worker can exceed, or that it was stopped; most are kinds of failures too."""

_BROKEN, _REPLACED, _HUNG_UP = "broke the worker", "replaced the worker", "closed its pipe"
"""Kinds of failures: what an input did to its worker."""

_REPORT_TIME = 10 * SECOND
"""The time limit for making the report of a failure, in nanoseconds."""


class _Stopwatch:
    """Measures the time of a process, without that for which a busy machine lets it wait."""

    __slots__ = ("_since", "_waited")

    def start(self, now: int, pid: int) -> None:
        """Start from 0."""
        self._since, self._waited = now, processor_wait(pid)

    def reaches(self, limit: int, now: int, pid: int) -> bool:
        """Return whether a time has passed since the start."""
        if now - self._since < limit:
            return False
        waited = processor_wait(pid)
        self._since += waited - self._waited
        self._waited = waited
        return now - self._since >= limit


class _ExecutionWatch:
    """Tells when an execution exceeds the limits. Times are those of time.monotonic_ns."""

    __slots__ = ("_count", "_execution", "_limits", "_report", "_reporting")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._count = -1
        self._reporting = False
        self._execution, self._report = _Stopwatch(), _Stopwatch()

    def begin(self) -> int:
        """Begin to watch the executions of a call; return the time of the first check."""
        self._count, self._reporting = -1, False
        return self.next_check(time.monotonic_ns())

    def next_check(self, now: int) -> int:
        """Return the time of the next check."""
        limits = self._limits
        pause = min(limits.execution // 10 or SECOND, SECOND)
        return now + (min(pause, 50 * MILLISECOND) if limits.memory else pause)

    def exceeded(self, now: int, count: int, pid: int, *, failing: bool) -> str:
        """Return the limit that the worker exceeds, or "".

        Args:
            now: the current time.
            count: the number of executions that the call has begun.
            pid: the process id of the worker.
            failing: the last execution has failed, and its report is being made.
        """
        limits = self._limits
        if limits.memory and _resident(pid) > limits.memory:
            return _MEMORY
        if count != self._count:
            self._count = count
            self._execution.start(now, pid)
        elif limits.execution > 0 and self._execution.reaches(limits.execution, now, pid):
            return _TIME
        if failing and not self._reporting:
            self._report.start(now, pid)
        elif failing and self._report.reaches(_REPORT_TIME, now, pid):
            return _REPORT
        self._reporting = failing
        return ""


class _Ending:
    """How and why the coordinator ends a worker.

    Attributes:
        state: the state of the worker when that began.
        complaint: the reason why its last message is not an answer, or "".
        program: the program that the worker executes instead of its own, or "".
        exceeded: the limit that it exceeded, or "".
        stopped_by: the signal that stopped it, or "".
        left: the signals that are still to be sent.
        sent: the signals that were sent.
    """

    __slots__ = ("complaint", "exceeded", "left", "program", "sent", "state", "stopped_by")

    def __init__(self) -> None:
        self.state = _GONE
        self.complaint = self.exceeded = self.program = self.stopped_by = ""
        self.left: list[str] = []
        self.sent: list[str] = []


class Worker:
    """One worker: its state, the call it works on, and the next deadline.

    Attributes:
        answered: the worker has answered the Ping.
        deadline: the time of the next call of `check`, as of time.monotonic_ns.
    """

    def __init__(
        self, process: WorkerProcess, limits: Limits, traces: GoTraces | None = None
    ) -> None:
        """Create a worker that is not started.

        Args:
            process: its process.
            limits: its limits.
            traces: reads failures in the output of a test program of Go; None for Python's.
        """
        self.answered = False
        self.deadline = NEVER
        self._process = process
        self._limits = limits
        self._traces = traces
        self._watch = _ExecutionWatch(limits)
        self._state = _GONE
        self._ending = _Ending()
        self._call: FuzzCall | MinimizeCall | None = None
        self._mask: bytes | None = None

    @property
    def gone(self) -> bool:
        """Whether the worker has no process."""
        return self._state == _GONE

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether the worker waits for a task."""
        return self._state == _IDLE

    @property
    def running(self) -> int:
        """The number of executions in a call whose result was not counted."""
        return self._process.memory.count if self._call is not None else 0

    @property
    def shrinking(self) -> MinimizeTask | None:
        """The task of the running Minimize call, or of the last one if the worker died in it."""
        return self._call.task if isinstance(self._call, MinimizeCall) else None

    @property
    def solving(self) -> bool:
        """Whether the worker tries what the comparisons of a new input suggest."""
        return isinstance(self._call, FuzzCall) and self._call.task.solve

    @property
    def sizes(self) -> tuple[int, int] | None:
        """The sizes of the failing input that is being minimized, before and now, or None."""
        call = self._crash_minimized
        return None if call is None else call.sizes(self._process.memory)

    def start(self) -> None:
        """Start the worker and send it a Ping.

        Raises:
            OSError: it cannot be started.
        """
        self._process.start()
        if os.environ.get(SKIP_PING_VARIABLE) == "1":
            self._state = _IDLE
            return
        self._state = _STARTING
        self._process.send(messages.PING)
        self.deadline = time.monotonic_ns() + (self._limits.start or NEVER)

    def stop(self) -> None:
        """Ask the worker to end; signals follow if it does not."""
        if self._state not in (_ENDING, _GONE):
            if self._is_failing():
                # It still makes its report; SIGABRT shows where.
                self._end(_REPORT_GRACE, ["SIGABRT", "SIGKILL"])
            else:
                self._end(_STOP_GRACE, ["SIGINT", "SIGKILL"])

    def close(self) -> None:
        """Kill the worker if it still runs, and release its resources."""
        if self._state != _GONE:
            self._process.signal("SIGKILL", group=True)
        self._process.close()

    def start_call(self, campaign: Campaign) -> None:
        """Begin the next task of a campaign, if it has one.

        Raises:
            CorpusReadError: the input cannot be read.
            CorpusError: the input is malformed.
            WireError: the input is too long.
        """
        minimization = campaign.next_minimization()
        if minimization is not None:
            options = campaign.options
            self._begin(MinimizeCall(minimization, options.kinds, go_worker=options.go_workers))
            return
        task = campaign.next_input()
        if task is not None:
            mask = task.coverage if task.coverage is not self._mask else None
            self._mask = task.coverage
            self._begin(self._call_for(task, mask, campaign.options))

    def _call_for(self, task: Input, mask: bytes | None, options: Options) -> FuzzCall:
        if isinstance(task, CheckTask):
            return CheckCall(task, mask=mask, kinds=options.kinds)
        if isinstance(task, WarmUpTask) and task.more:
            return WarmUpCall(task, mask=mask, kinds=options.kinds)
        return FuzzCall(
            task,
            mask=mask,
            kinds=options.kinds,
            go_scratch_bug=options.go_workers,
            valid_text=options.valid_text,
        )

    def handle(self, event: Event, campaign: Campaign) -> None:
        """Handle an event of the worker.

        Raises:
            CampaignError: the campaign cannot continue.
        """
        if isinstance(event, Answer):
            self._handle_line(event.line, campaign)
        elif isinstance(event, Broken) and self._state != _ENDING:
            # A worker that closes its pipe is mostly about to end; one that sends garbage is not.
            grace = _BROKEN_GRACE if event.complaint else _STOP_GRACE
            self._ending.program = self._process.other_program()
            self._ending.complaint = event.complaint
            self._end(grace, ["SIGINT", "SIGKILL"])
        elif isinstance(event, Stopped):
            self._handle_stop(event.signal)
        elif isinstance(event, Ended):
            self._handle_end(event.status, campaign)

    def _handle_stop(self, signal: str) -> None:
        """End a worker that was stopped, which would hang for ever otherwise."""
        if self._state != _ENDING:
            self._ending.exceeded, self._ending.stopped_by = _STOP, signal
            self._end(_STOP_GRACE, ["SIGKILL"], first="SIGABRT")
        # With SIGABRT pending it does nothing else than print its stack.
        self._process.signal("SIGCONT")

    def check(self, now: int) -> bool:
        """Handle a deadline that has passed; return True if only waiting is left."""
        if now < self.deadline:
            return False
        if self._state == _STARTING:
            self._ending.exceeded = _START
            self._end(_STOP_GRACE, ["SIGKILL"], first="SIGABRT")
        elif self._state == _BUSY:
            self._check_limits(now)
        elif self._state == _ENDING:
            self.deadline = now + _STOP_GRACE
            if not self._ending.left:
                return True
            self._signal(self._ending.left.pop(0), group=True)
        else:
            self.deadline = NEVER
        return False

    def _begin(self, call: FuzzCall | MinimizeCall) -> None:
        self._call = call
        self._request(call)

    def _request(self, call: FuzzCall | MinimizeCall) -> bool:
        request = call.next_request(self._process.memory)
        if request is None:
            return False
        self._state = _BUSY
        self.deadline = self._watch.begin()
        self._process.send(request)
        return True

    def _check_limits(self, now: int) -> None:
        """End a worker that exceeds a limit, by a signal that makes it print its stack."""
        self.deadline = self._watch.next_check(now)
        process = self._process
        memory = process.memory
        self._ending.exceeded = self._watch.exceeded(
            now, memory.count, process.pid, failing=memory.failing
        )
        if self._ending.exceeded:
            self._end(_STOP_GRACE, ["SIGKILL"], first="SIGABRT")

    def _end(self, grace: int, signals: list[str], first: str = "") -> None:
        self._ending.state, self._state = self._state, _ENDING
        self._ending.left = signals
        self.deadline = time.monotonic_ns() + grace
        if first:
            self._signal(first, group=False)
        self._process.close_calls()

    def _end_broken(self, error: messages.WireError) -> None:
        self._ending.complaint = str(error)
        self._end(_BROKEN_GRACE, ["SIGINT", "SIGKILL"])

    def _signal(self, name: str, *, group: bool) -> None:
        self._ending.sent.append(name)
        self._process.signal(name, group=group)

    def _handle_line(self, line: bytes, campaign: Campaign) -> None:
        if self._state == _STARTING:
            try:
                if line != b"{}":
                    messages.decode(line)
            except messages.WireError as error:
                self._end_broken(error)
                return
            self._check_memory()
            self.answered = True
            campaign.options.events.worker(self._process.number, "ready", Pid=self._process.pid)
            self._state, self.deadline = _IDLE, NEVER
        elif self._state == _BUSY and self._call is not None:
            try:
                result = self._call.result_of_answer(self._decode(line), self._process.memory)
                if self._request(self._call):
                    return
            except InternalError as error:
                raise CampaignError(str(error)) from None
            except messages.WireError as error:
                self._end_broken(error)
                return
            self._state, self.deadline, self._call = _IDLE, NEVER, None
            campaign.handle_result(result)
        elif self._state == _ENDING and campaign.stopping and self._is_failing():
            self._handle_late_answer(line, campaign)

    def _decode(self, line: bytes) -> dict[str, Any]:
        """Return an answer; a failure in Go's has only a text, to which the other facts are added.

        Raises:
            WireError: the line is not an answer.
        """
        answer = messages.decode(line)
        if self._traces is not None and answer.get("Err"):
            kind, frames, message = self._traces.failure(answer["Err"])
            answer["Failure"] = {"Kind": kind, "Frames": frames[:FRAMES], "Message": message}
        return answer

    def _check_memory(self) -> None:
        """Refuse a limit that is exceeded before the first input, for which no input is to blame.

        Raises:
            CampaignError: the limit is too low.
        """
        used, limits = _resident(self._process.pid), self._limits
        if 0 < limits.memory < used:
            limit = f"{limits.memory_flag}={limits.memory // limits.memory_unit}"
            raise CampaignError(report.low_memory_limit(limit, used), errors.USAGE)

    def _handle_late_answer(self, line: bytes, campaign: Campaign) -> None:
        """Take the failure in an answer that comes after the campaign was stopped."""
        assert self._call is not None
        try:
            result = self._call.result_of_answer(self._decode(line), self._process.memory)
        except (InternalError, messages.WireError):
            return
        self._call = None
        campaign.handle_late_result(result)

    def _is_failing(self) -> bool:
        """Return whether the last execution has failed, and no answer tells of it yet."""
        return self._call is not None and self._process.memory.failing

    def _is_broken(self) -> bool:
        """Return whether a target broke the worker's engine during the call."""
        return self._call is not None and self._process.memory.broken

    def _handle_end(self, status: ExitStatus, campaign: Campaign) -> None:
        ending = self._ending
        state = ending.state if self._state == _ENDING else self._state
        by_us = status.signal in ending.sent
        how = f"{status} (sent by fuzzengine)" if by_us else str(status)
        self._state, self.deadline = _GONE, NEVER
        campaign.options.events.worker(self._process.number, "ended", Ending=how)
        self._process.release()
        stderr = self._process.stderr_tail()
        if self._traces is not None:
            stderr = self._traces.excerpt(stderr)
        if campaign.stopping:
            result = self._known_loss(status, how, stderr)
            if result is not None:
                campaign.handle_late_result(result)
            return
        if state == _STARTING:
            raise CampaignError(self._start_failure(how, stderr))
        if state == _IDLE:
            self._handle_idle_end(status, stderr, campaign)
        elif self._crash_minimized is None and (result := self._known_loss(status, how, stderr)):
            self._deliver(result, campaign)
        elif ending.exceeded:
            self._handle_excess(stderr, campaign)
        elif ending.complaint:
            text = report.communication_failure(ending.complaint, how, stderr)
            self._handle_failure(text, campaign)
        elif by_us and self._crash_minimized is None:
            failure = self._death(lambda out: report.hung_up_worker(how, out), _HUNG_UP, stderr)
            self._handle_crash(failure, campaign)
        elif status.code == INTERNAL_FAILURE:
            self._handle_failure(report.internal_failure(str(status), stderr), campaign)
        elif not status.is_crash:
            self._handle_failure(report.unexpected_signal(str(status), stderr), campaign)
        else:
            minimizing = self._call is not None and self._call.minimizing
            how = f"{status}{report.MAYBE_EARLIER}" if status.is_timer else str(status)
            failure = self._death(
                lambda out: report.lost_worker(how, out, minimizing=minimizing),
                status.kind,
                stderr,
            )
            self._handle_crash(failure, campaign)

    def _known_loss(self, status: ExitStatus, how: str, stderr: str) -> Result | None:
        """Return the input that was running if it is known how that ended the worker, or None."""
        if self._is_broken():
            return self._loss(_failure(report.broken_worker(self._process.memory.message), _BROKEN))
        if self._is_failing():
            return self._unreported(status, how, stderr)
        if self._ending.program:
            return self._loss(
                _failure(report.replaced_worker(self._ending.program, how), _REPLACED)
            )
        return None

    def _start_failure(self, how: str, stderr: str) -> str:
        if self._ending.exceeded == _STOP:
            reason = report.stopped(self._ending.stopped_by)
        elif self._ending.exceeded:
            importing = self._process.memory.importing
            reason = report.start_limit(self._limits.start, importing=importing)
        else:
            reason = self._ending.complaint
        return report.not_fuzzing(reason, how, stderr)

    def _handle_idle_end(self, status: ExitStatus, stderr: str, campaign: Campaign) -> None:
        complaint, memory = self._ending.complaint, self._process.memory
        if self._ending.exceeded == _STOP:
            raise CampaignError(report.stopped_worker(self._ending.stopped_by, stderr))
        if memory.broken:
            raise CampaignError(report.broken_worker(memory.message), errors.FAILED)
        if complaint:
            raise CampaignError(report.communication_failure(complaint, str(status), stderr))
        if status.ok or status.signal == "SIGINT":
            campaign.stop(None)
        elif status.code == INTERNAL_FAILURE:
            raise CampaignError(report.internal_failure(str(status), stderr))
        else:
            raise CampaignError(report.lost_worker(str(status), stderr))

    def _handle_excess(self, stderr: str, campaign: Campaign) -> None:
        """Record the input that exceeded a limit, unless it is a candidate of a known crash."""
        limits, exceeded = self._limits, self._ending.exceeded
        if self._crash_minimized is not None:
            self._deliver(self._crash_minimized.result_of_interruption(), campaign)
            return

        def text_of(output: str) -> str:
            if exceeded == _STOP:
                return report.stopped_worker(self._ending.stopped_by, output)
            if exceeded == _TIME:
                return report.over_time(limits.execution, limits.time_flag, output)
            return report.over_memory(limits.memory, limits.memory_flag, output)

        failure = self._death(text_of, exceeded, stderr)
        failure.kind = exceeded
        self._handle_crash(failure, campaign)

    @property
    def _crash_minimized(self) -> MinimizeCall | None:
        """The call that makes a failing input smaller, or None."""
        call = self._call
        return call if isinstance(call, MinimizeCall) and call.task.failure is not None else None

    def _unreported(self, status: ExitStatus, how: str, stderr: str) -> Result:
        """Return the input that failed, rebuilt, for a worker that ended before it reported."""
        kind = FAILED if self._ending.sent else status.kind
        if self._ending.exceeded == _MEMORY:
            how = report.memory_above(self._limits.memory, self._limits.memory_flag)
        return self._loss(self._death(lambda out: report.unreported(how, out), kind, stderr))

    def _death(self, text_of: Callable[[str], str], kind: str, stderr: str) -> Failure:
        """Return the failure of an input during which the worker ended.

        Args:
            text_of: returns the report; its argument is the output of the worker, or "".
            kind: how the worker ended.
            stderr: the end of its standard error.
        """
        failure = Failure(text_of(stderr), kind)
        failure.message = text_of("")
        if self._traces is None:
            failure.frames = tuple(printed_positions(stderr)[:FRAMES])
        else:
            printed, frames = self._traces.death(stderr)
            failure.kind, failure.frames = printed or kind, tuple(frames[:FRAMES])
        return failure

    def _loss(self, failure: Failure) -> Result:
        """Return the input that was running, rebuilt from the shared memory."""
        assert self._call is not None
        result = self._call.result_of_loss(self._process.memory)
        failure.ended_worker = True
        result.failure = failure
        return result

    def _handle_crash(self, failure: Failure, campaign: Campaign) -> None:
        """Record the input that was running."""
        self._deliver(self._loss(failure), campaign)

    def _start_again(self) -> None:
        """Replace a worker that died from an input."""
        self._mask = None
        self._ending = _Ending()
        self._process.renew()
        try:
            self.start()
        except OSError as error:
            if errors.exhaustion(error):
                raise
            raise CampaignError(f"starting another worker: {error}") from None

    def _handle_failure(self, text: str, campaign: Campaign) -> None:
        """Fail without an input; a crash that was being minimized is kept unmodified."""
        if isinstance(self._call, MinimizeCall) and self._call.task.failure is not None:
            self._deliver(self._call.result_of_interruption(), campaign)
        else:
            raise CampaignError(text)

    def _deliver(self, result: Result, campaign: Campaign) -> None:
        self._call = None
        campaign.handle_result(result)
        if not campaign.stopping:
            self._start_again()


def _failure(text: str, kind: str) -> Failure:
    """Return a failure whose report is nothing but its message."""
    failure = Failure(text, kind)
    failure.message = text
    return failure


def _resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 where the system has no figure."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
