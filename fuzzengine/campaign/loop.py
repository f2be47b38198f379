"""The workers of a campaign, and the event loop that serves them (Go: CoordinateFuzzing).

Threads read pipes and wait for processes; all they find arrives as an Event in one queue, and
only this loop acts on it. Every wait has a deadline, so no worker can hang the campaign.
"""

from __future__ import annotations

import os
import sys
import time
from _queue import Empty, SimpleQueue

from fuzzengine.base import tempdir
from fuzzengine.campaign import event_data
from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.campaign.worker import NEVER, Worker
from fuzzengine.campaign.worker_process import Ended, Event, WorkerProcess
from fuzzengine.corpus.encoding import CorpusError
from fuzzengine.corpus.entry import CorpusReadError
from fuzzengine.ipc import messages, signals
from fuzzengine.ipc.messages import TABLE_VARIABLE, TEXT_VARIABLE, set_seed, with_go_seed
from fuzzengine.ipc.orphans import Orphans
from fuzzengine.report import lines as report
from scriptest.base.duration import MILLISECOND, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.campaign.options import WorkerProgram
    from fuzzengine.campaign.tasks import Crash

_PROGRESS_INTERVAL = 3 * SECOND
_TELL_INTERVAL = SECOND // 2
_MODULES_INTERVAL = SECOND
_MODULES_SHARE = 50  # sending them takes at most a 50th of the time
_FIRST_EXECUTION_INTERVAL = 5 * MILLISECOND
_LONGEST_VARIABLE = 100_000


class WorkerPool:
    """Starts the workers, gives them tasks, and ends them.

    Attributes:
        executions: the number of executions, with those of unanswered calls; set at the end.
    """

    def __init__(
        self,
        campaign: Campaign,
        program: WorkerProgram,
        log: Callable[[str], object],
    ) -> None:
        self._campaign = campaign
        self._program = program
        self._log = log
        self._events: SimpleQueue[Event | str] = SimpleQueue()
        self._workers: list[Worker] = []
        self._orphans = Orphans()
        self._next_progress = 0
        self._next_tell = 0 if campaign.options.events.wanted else NEVER
        self._next_modules = 0
        self._announced = False
        self._last_signal = ""
        self.executions = 0

    @property
    def interrupted(self) -> bool:
        """Whether a signal to this process ended the campaign."""
        return bool(self._last_signal)

    @property
    def _running(self) -> int:
        return sum(worker.running for worker in self._workers)

    def run(self) -> str:
        """Run the campaign to its end; return the name of a signal to end with, or "".

        Raises:
            OSError: a worker cannot be started.
        """
        folder = tempdir.RunFolder()
        previous = {name: self._forward(name) for name in ("SIGINT", "SIGTERM", "SIGHUP")}
        try:
            self._start(self._environment(folder.path))
            self._loop()
        finally:
            tasks = [worker.shrinking for worker in self._workers]
            self._campaign.keep_unshrunk([task for task in tasks if task is not None])
            self._log_progress(final=True)
            self._tell()
            self.executions = self._campaign.executions.count + self._running
            for worker in self._workers:
                worker.close()
            self._orphans.end()
            for name, handler in previous.items():
                signals.restore(name, handler)
            folder.remove()
        return self._last_signal if self._last_signal != "SIGINT" else ""

    def tell_end(self, failure: CampaignError | Crash | None) -> None:
        """Send the last events of the campaign, after `run`.

        Args:
            failure: the result of `Campaign.finish`.
        """
        self._campaign.tell_modules()
        event_data.end(
            self._campaign.options.events,
            failure,
            interrupted=self.interrupted,
            count=self.executions,
            figures=self._campaign.figures(),
        )

    def _forward(self, name: str) -> object:
        return signals.handle(name, lambda _number, _frame: self._events.put(name))

    def _environment(self, temporary_root: str) -> dict[str, str]:
        environment = {**os.environ, tempdir.ROOT_VARIABLE: temporary_root}
        environment.setdefault("PYTHONHASHSEED", "0")
        if len(self._program.coverage_table) < _LONGEST_VARIABLE:
            environment[TABLE_VARIABLE] = self._program.coverage_table
        environment.pop(TEXT_VARIABLE, None)
        if self._campaign.options.valid_text:
            environment[TEXT_VARIABLE] = "1"
        return environment if self._program.traces is None else with_go_seed(environment)

    def _start(self, environment: Mapping[str, str]) -> None:
        options, program = self._campaign.options, self._program
        for number in range(options.parallel):
            own = dict(environment)
            set_seed(own, options.seed + number)
            process = WorkerProcess(number, program.command, own, self._events)
            worker = Worker(process, program.limits, program.traces)
            self._workers.append(worker)
            worker.start()

    def _loop(self) -> None:
        campaign = self._campaign
        self._progress()
        while any(not worker.gone for worker in self._workers):
            if self._out_of_budget():
                campaign.stop(None)
            if campaign.stopping:
                for worker in self._workers:
                    worker.stop()
            else:
                self._hand_out()
            try:
                event = self._events.get(timeout=self._patience())
            except Empty:
                pass
            else:
                self._handle(event)
            self._check_deadlines()

    def _out_of_budget(self) -> bool:
        """Return True at the limit of executions or of time, but not before the first execution."""
        campaign = self._campaign
        if campaign.executions.reached_limit:
            return True
        left = campaign.time.left
        return left is not None and left <= 0 and campaign.executions.count + self._running > 0

    def _hand_out(self) -> None:
        for worker in self._workers:
            if not worker.idle:
                continue
            self._campaign.worker_ready()
            try:
                worker.start_call(self._campaign)
            except (CorpusReadError, CorpusError, messages.WireError) as error:
                self._campaign.stop(CampaignError(str(error)))

    def _handle(self, event: Event | str) -> None:
        if isinstance(event, str):
            self._last_signal = event
            self._campaign.stop(None)
            return
        worker = self._workers[event.worker]
        try:
            worker.handle(event, self._campaign)
        except CampaignError as failure:
            self._campaign.stop(failure)
        if isinstance(event, Ended):
            self._orphans.end(self._pids())
        if worker.answered and not self._announced:
            self._announced = True
            # Not before: a worker that never answers ends the campaign, and the command line then
            # ends its orphans; becoming a subreaper takes a tenth of the time of such a run.
            self._orphans.adopt()
            if not self._campaign.options.shown_apart:
                self._log(report.seed_line(self._campaign.options.seed))

    def _check_deadlines(self) -> None:
        now = time.monotonic_ns()
        for worker in self._workers:
            if worker.check(now):
                self._log(report.STILL_WAITING)
        if now >= self._next_progress:
            self._progress()
        if now >= self._next_tell:
            self._tell()

    def _patience(self) -> float:
        """Return the seconds until the next deadline."""
        campaign = self._campaign
        next_line = min(self._next_progress, self._next_tell)
        deadlines = [next_line, *(worker.deadline for worker in self._workers if not worker.gone)]
        now = time.monotonic_ns()
        wait = min(deadlines) - now
        left = campaign.time.left
        if left is not None and not campaign.stopping:
            wait = min(wait, max(left, _FIRST_EXECUTION_INTERVAL))
        return max(wait, 0) / SECOND

    def _pids(self) -> list[int]:
        """Return the process ids of the workers that run."""
        return [worker.pid for worker in self._workers if not worker.gone]

    def _progress(self) -> None:
        self._orphans.reap(self._pids())
        self._next_progress = time.monotonic_ns() + _PROGRESS_INTERVAL
        self._log_progress()

    def _log_progress(self, *, final: bool = False) -> None:
        """Print a progress line, unless another view shows the progress."""
        options = self._campaign.options
        if not options.live or (final and not options.shown_apart):
            self._campaign.log_progress(self._running)

    def _tell(self) -> None:
        """Send a progress event, more often than progress lines are printed."""
        if not self._campaign.options.events.wanted:
            return
        self._next_tell = time.monotonic_ns() + _TELL_INTERVAL
        more: dict[str, int] = {"Solving": sum(worker.solving for worker in self._workers)}
        for worker in self._workers:
            if (sizes := worker.sizes) is not None:
                more["Size"], more["Smallest"] = sizes
        self._campaign.tell_progress(self._running, more)
        if self._campaign.options.events.live and time.monotonic_ns() >= self._next_modules:
            started = time.monotonic_ns()
            self._campaign.tell_modules()
            now = time.monotonic_ns()
            self._next_modules = now + max(_MODULES_INTERVAL, _MODULES_SHARE * (now - started))


def worker_command(fuzz_test: str) -> list[str]:
    """Return the command of a worker: this program, with the flags of a worker."""
    program = sys.orig_argv[: len(sys.orig_argv) - len(sys.argv[1:])]
    return [
        sys.executable or program[0],
        *program[1:],
        "-test.fuzzworker",
        *sys.argv[1:],
        f"-test.fuzz=^{fuzz_test}$",
    ]
