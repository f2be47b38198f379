"""The place of one worker in a campaign: what it is doing, and what its end means (Go: worker)."""

from __future__ import annotations

import os
import time

from fuzzengine.base.failure import FRAMES, Failure
from fuzzengine.base.frames import printed_positions
from fuzzengine.campaign.batch_calls import WarmupCall
from fuzzengine.campaign.calls import FuzzCall, InternalError, MinimizeCall
from fuzzengine.campaign.check_call import CheckCall
from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.ipc import wire
from fuzzengine.ipc.exit_status import ExitStatus
from fuzzengine.report import lines as report
from scriptest.base.duration import MILLISECOND, SECOND

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from fuzzengine.base.frames import Position
    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Input, Minimization, Result
    from fuzzengine.campaign.worker_process import Client, Event

INTERNAL_FAILURE = 70
SKIP_PING_VARIABLE = "FUZZENGINE_TEST_SKIP_PING"
"""For tests of tests: with the value 1, workers are taken to be ready when they are started."""

_STOP_GRACE = SECOND
_BROKEN_GRACE = 250 * MILLISECOND
_NEVER = 1 << 62

_STARTING, _IDLE, _BUSY, _ENDING, _GONE = "starting", "idle", "busy", "ending", "gone"


class Limits:
    """How long a worker may take to start and for one execution, in nanoseconds; 0: for ever."""

    def __init__(self, start: int, execution: int, memory: int = 0) -> None:
        self.start = start
        self.execution = execution
        self.memory = memory


class Seat:
    """One worker: its state, the call it works on, and the next deadline.

    Attributes:
        answered: it has answered the Ping.
        deadline: when `check` must be called next, in nanoseconds of time.monotonic_ns.
    """

    def __init__(self, client: Client, limits: Limits) -> None:
        self.answered = False
        self.deadline = _NEVER
        self._client = client
        self._limits = limits
        self._state = _GONE
        self._before_ending = _GONE
        self._call: FuzzCall | MinimizeCall | None = None
        self._mask: bytes | None = None
        self._broken = ""
        self._verdict = ""
        self._steps: list[str] = []
        self._sent: list[str] = []
        self._count = 0
        self._moved = 0

    @property
    def gone(self) -> bool:
        """Whether there is no process."""
        return self._state == _GONE

    @property
    def idle(self) -> bool:
        """Whether it waits for work."""
        return self._state == _IDLE

    @property
    def running(self) -> int:
        """How many executions there were in a call whose answer has not counted, or never will."""
        return self._client.memory.count if self._call is not None else 0

    @property
    def shrinking(self) -> Minimization | None:
        """What it is making smaller, or was when it ended."""
        return self._call.task if isinstance(self._call, MinimizeCall) else None

    def start(self) -> None:
        """Start the worker and ask for its first sign of life.

        Raises:
            OSError: it cannot be started.
        """
        self._client.start()
        if os.environ.get(SKIP_PING_VARIABLE) == "1":
            self._state = _IDLE
            return
        self._state = _STARTING
        self._client.send(wire.PING)
        self.deadline = time.monotonic_ns() + (self._limits.start or _NEVER)

    def stop(self) -> None:
        """Ask the worker to end, and see to it that it does."""
        if self._state not in (_ENDING, _GONE):
            self._end(_STOP_GRACE, ["SIGINT", "SIGKILL"])

    def close(self) -> None:
        """Give back everything, whatever the worker is doing."""
        if self._state != _GONE:
            self._client.signal("SIGKILL", group=True)
        self._client.close()

    def take_work(self, campaign: Campaign) -> None:
        """Take the next thing to do from a campaign, if it has any.

        Raises:
            CorpusReadError: the input cannot be read.
            CorpusError: the input is malformed.
            WireError: the input is too long.
        """
        minimization = campaign.next_minimization()
        if minimization is not None:
            self._begin(MinimizeCall(minimization, campaign.options.kinds))
            return
        task = campaign.next_input()
        if task is not None:
            mask = task.coverage if task.coverage is not self._mask else None
            self._mask = task.coverage
            self._begin(self._call_for(task, mask, campaign.options))

    def _call_for(self, task: Input, mask: bytes | None, options: Options) -> FuzzCall:
        if task.check:
            return CheckCall(task, mask=mask, kinds=options.kinds)
        if task.more:
            return WarmupCall(task, mask=mask, kinds=options.kinds)
        return FuzzCall(task, mask=mask, kinds=options.kinds, go_scratch_bug=options.go_workers)

    def handle(self, event: Event, campaign: Campaign) -> None:
        """Act on something that happened to the worker.

        Raises:
            CampaignError: the campaign cannot go on.
        """
        if event.kind == "answer" and isinstance(event.payload, bytes):
            self._take_line(event.payload, campaign)
        elif event.kind == "broken" and self._state != _ENDING:
            self._broken = str(event.payload)
            # After the end of its answers a worker mostly ends too; nonsense comes from a live one.
            grace = _STOP_GRACE if self._broken == "EOF" else _BROKEN_GRACE
            self._end(grace, ["SIGINT", "SIGKILL"])
        elif event.kind == "ended" and isinstance(event.payload, ExitStatus):
            self._take_end(event.payload, campaign)

    def check(self, now: int) -> bool:
        """Act on a deadline that has passed; return True if all that is left to do is wait."""
        if now < self.deadline:
            return False
        if self._state == _STARTING:
            self._verdict = "start"
            self._end(_STOP_GRACE, ["SIGKILL"], first="SIGABRT")
        elif self._state == _BUSY:
            self._watch(now)
        elif self._state == _ENDING:
            self.deadline = now + _STOP_GRACE
            if not self._steps:
                return True
            self._signal(self._steps.pop(0), group=True)
        else:
            self.deadline = _NEVER
        return False

    def _begin(self, call: FuzzCall | MinimizeCall) -> None:
        self._call = call
        self._request(call)

    def _request(self, call: FuzzCall | MinimizeCall) -> bool:
        request = call.next_request(self._client.memory)
        if request is None:
            return False
        self._state = _BUSY
        self._count, self._moved = 0, time.monotonic_ns()
        self.deadline = self._next_watch(self._moved)
        self._client.send(request)
        return True

    def _next_watch(self, now: int) -> int:
        limits = self._limits
        if not limits.execution and not limits.memory:
            return _NEVER
        pause = min(limits.execution // 10 or SECOND, SECOND)
        return now + (min(pause, 50 * MILLISECOND) if limits.memory else pause)

    def _watch(self, now: int) -> None:
        """End a worker whose execution takes too long or too much memory, with its stack shown."""
        self.deadline = self._next_watch(now)
        count = self._client.memory.count
        if count != self._count:
            self._count, self._moved = count, now
        elif 0 < self._limits.execution <= now - self._moved:
            self._verdict = "time"
        if self._limits.memory and _resident(self._client.pid) > self._limits.memory:
            self._verdict = "memory"
        if self._verdict:
            self._end(_STOP_GRACE, ["SIGKILL"], first="SIGABRT")

    def _end(self, grace: int, steps: list[str], first: str = "") -> None:
        self._before_ending = self._state
        self._state = _ENDING
        self._steps = steps
        self.deadline = time.monotonic_ns() + grace
        if first:
            self._signal(first, group=False)
        self._client.close_calls()

    def _signal(self, name: str, *, group: bool) -> None:
        self._sent.append(name)
        self._client.signal(name, group=group)

    def _take_line(self, line: bytes, campaign: Campaign) -> None:
        if self._state == _STARTING:
            try:
                if line != b"{}":
                    wire.decode(line)
            except wire.WireError as error:
                self._broken = str(error)
                self._end(_BROKEN_GRACE, ["SIGINT", "SIGKILL"])
                return
            self.answered = True
            campaign.options.events.worker(self._client.number, "ready", Pid=self._client.pid)
            self._state, self.deadline = _IDLE, _NEVER
        elif self._state == _BUSY and self._call is not None:
            try:
                result = self._call.take_answer(wire.decode(line), self._client.memory)
                if self._request(self._call):
                    return
            except InternalError as error:
                raise CampaignError(str(error)) from None
            except wire.WireError as error:
                self._broken = str(error)
                self._end(_BROKEN_GRACE, ["SIGINT", "SIGKILL"])
                return
            self._state, self.deadline, self._call = _IDLE, _NEVER, None
            campaign.take(result)

    def _take_end(self, ending: ExitStatus, campaign: Campaign) -> None:
        state = self._before_ending if self._state == _ENDING else self._state
        by_us = ending.signal in self._sent
        how = f"{ending} (sent by fuzzengine)" if by_us else str(ending)
        self._state, self.deadline = _GONE, _NEVER
        campaign.options.events.worker(self._client.number, "ended", Ending=how)
        self._client.release()
        if campaign.stopping:
            return
        stderr = self._client.stderr_tail()
        if state == _STARTING:
            raise CampaignError(self._start_failure(how, stderr))
        if state == _IDLE:
            self._take_idle_end(ending, stderr, campaign)
        elif self._verdict:
            self._take_verdict(stderr, campaign)
        elif self._broken not in ("", "EOF") or by_us:
            text = report.communication_failure(self._broken or "EOF", how, stderr)
            self._take_failure(text, campaign)
        elif ending.code == INTERNAL_FAILURE:
            self._take_failure(report.internal_failure(str(ending), stderr), campaign)
        elif not ending.is_crash:
            self._take_failure(report.unexpected_signal(str(ending), stderr), campaign)
        else:
            minimizing = self._call is not None and self._call.minimizing
            text = report.lost_worker(str(ending), stderr, minimizing=minimizing)
            self._take_crash(Failure(text, ending.kind, _frames(stderr)), campaign)

    def _start_failure(self, ending: str, stderr: str) -> str:
        reason = self._broken or "EOF"
        if self._verdict == "start":
            importing = self._client.was_importing()
            reason = report.start_limit(self._limits.start, importing=importing)
        return report.not_fuzzing(reason, ending, stderr)

    def _take_idle_end(self, ending: ExitStatus, stderr: str, campaign: Campaign) -> None:
        if self._broken not in ("", "EOF"):
            raise CampaignError(report.communication_failure(self._broken, str(ending), stderr))
        if ending.ok or ending.signal == "SIGINT":
            campaign.stop(None)
        elif ending.code == INTERNAL_FAILURE:
            raise CampaignError(report.internal_failure(str(ending), stderr))
        else:
            raise CampaignError(report.lost_worker(str(ending), stderr))

    def _take_verdict(self, stderr: str, campaign: Campaign) -> None:
        """Blame the input for time or memory; but a crash being minimised is the better find."""
        limits = self._limits
        if self._verdict == "time":
            text, kind = report.over_time(limits.execution, stderr), "timeout"
        else:
            text, kind = report.over_memory(limits.memory, stderr), "memory"
        if isinstance(self._call, MinimizeCall) and self._call.task.failure is not None:
            self._deliver(self._call.take_interruption(), campaign)
        else:
            self._take_crash(Failure(text, kind, _frames(stderr)), campaign)

    def _take_crash(self, failure: Failure, campaign: Campaign) -> None:
        """Blame the input that was running, rebuilt from the shared memory."""
        call = self._call
        assert call is not None
        result = call.take_loss(self._client.memory)
        result.failure = failure
        self._deliver(result, campaign)

    def _start_again(self) -> None:
        """Put a new worker in the place of one that was lost to an input."""
        self._mask = None
        self._broken = self._verdict = ""
        self._steps = []
        self._client.renew()
        try:
            self.start()
        except OSError as error:
            raise CampaignError(f"starting another worker: {error}") from None

    def _take_failure(self, text: str, campaign: Campaign) -> None:
        """Blame no input. A crash that was being minimised is kept as it was."""
        if isinstance(self._call, MinimizeCall) and self._call.task.failure is not None:
            self._deliver(self._call.take_interruption(), campaign)
        else:
            raise CampaignError(text)

    def _deliver(self, result: Result, campaign: Campaign) -> None:
        self._call = None
        campaign.take(result)
        if not campaign.stopping:
            self._start_again()


def _frames(stderr: str) -> list[Position]:
    """Return the frames that tell one lost worker from another."""
    return printed_positions(stderr)[:FRAMES]


def _resident(pid: int) -> int:
    """Return the bytes of memory a process really uses, 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
