"""Jobs: the programs that a script starts, and how it waits for them and checks their exit."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scriptest.base import numbers, platform
from scriptest.base.errors import CheckFailed, Location, ScriptError
from scriptest.process.process import Exit
from scriptest.sandbox.log import EXCERPT, Log

if TYPE_CHECKING:
    from typing import Protocol

    from scriptest.process.capture import Capture
    from scriptest.sandbox.buffers import Buffers
    from scriptest.sandbox.limits import Limits

    class Running(Protocol):
        """Something that takes time: a process, a pause."""

        stdout: Capture
        stderr: Capture
        shown: Capture | None
        """The output of its terminal, if it was given one."""
        left_pipes_open: bool

        def run(self, deadline: float | None, grace: float) -> Exit:
            """Run until it has ended."""

        def run_in_background(self, deadline: float | None, grace: float) -> None:
            """Return at once; `wait` tells when it has ended."""

        def wait(self, seconds: float | None = None) -> Exit | None:
            """Wait for what runs in the background; None if it does not end in time."""

        def send(self, number: int) -> bool:
            """Signal it; False if it has ended."""

        def kill(self) -> None:
            """End it at once."""


ExitCheck = Callable[[Exit], None]
"""Raises CheckFailed for an exit that the script calls a failure."""


class Job:
    """Something that runs, and how the script wants it to end.

    Attributes:
        check_exit: Raises CheckFailed for an exit that the script calls a failure.
        limit: Seconds it may take; None for as long as the script.
        keeps_buffers: Whether it leaves the stdout and stderr buffers as they are.
        name: The name of a background job; may be empty.
        prefix: The prefix of its line: `!`, `?` or nothing.
    """

    __slots__ = (
        "check_exit", "keeps_buffers", "limit", "location", "name", "prefix", "running", "text",
    )  # fmt: skip

    def __init__(self, running: Running, text: str, location: Location) -> None:
        """Wrap something that runs.

        Args:
            running: the process or pause.
            text: the command as the log shows it.
            location: the line that started it.
        """
        self.running = running
        self.text = text
        self.location = location
        self.check_exit: ExitCheck = expect_success
        self.limit: float | None = None
        self.keeps_buffers = False
        self.name = ""
        self.prefix = ""


def expect_success(ended: Exit) -> None:
    """Raise CheckFailed unless the program ended with exit status 0."""
    if not ended.ok:
        raise CheckFailed(str(ended))


def exit_check(wanted: str) -> ExitCheck:
    """Return the check that a program ended with a status, or by a signal.

    Args:
        wanted: a number, or a signal's name.

    Raises:
        ValueError: it is neither.
    """
    status = numbers.read(wanted)
    if status is not None:
        code, number, name = status, 0, f"exit status {wanted}"
    else:
        found = platform.signal_number(wanted)
        if found is None:
            raise ValueError(f"{wanted} is neither an exit status nor a signal's name")
        code, number, name = -1, found, f"signal {wanted}"

    def check(ended: Exit) -> None:
        if ended != Exit(code, number):
            raise CheckFailed(f"{ended}, wanted {name}")

    return check


class Jobs:
    """Everything a script has started: its processes, and its jobs in the background.

    Attributes:
        background: The jobs in the background that were not waited for yet.
        last_exit: How the last program ended; None before the first.
        interrupted: Whether the run is being ended; nothing new may run.
    """

    def __init__(self, limits: Limits, buffers: Buffers, log: Log, *, must_end: bool) -> None:
        """Begin with no job.

        Args:
            limits: the time limits of the script.
            buffers: receive the output of jobs.
            log: receives the exits of jobs.
            must_end: whether a job that still runs at the script's end is an error.
        """
        self._limits = limits
        self._buffers = buffers
        self._log = log
        self._must_end = must_end
        self._names: set[str] = set()
        self._tracked: list[Running] = []
        self.background: list[Job] = []
        self.last_exit: Exit | None = None
        self.interrupted = False

    # --- all that runs -----------------------------------------------------------------------

    def track(self, running: Running) -> None:
        """Remember something that runs, so that it ends when the script does."""
        self._tracked.append(running)
        if self.interrupted:
            running.kill()

    def interrupt(self) -> None:
        """End everything at once, and whatever is started from now on."""
        self.interrupted = True
        self.kill_all()

    def kill_all(self) -> None:
        """End what is left of every process group."""
        for running in list(self._tracked):
            running.kill()

    # --- in the foreground -------------------------------------------------------------------

    def finish(self, job: Job) -> None:
        """Run a job in the foreground and check its exit.

        Raises:
            CheckFailed: its exit is a failure, or `!` wanted a failure and there was none.
            ScriptError: it ran out of time.
        """
        limits = self._limits
        ended = job.running.run(limits.deadline_within(job.limit), limits.grace)
        if not job.keeps_buffers:
            self._buffers.set(job.running.stdout, job.running.stderr)
        if job.running.shown is not None:
            self._buffers.set_terminal(job.running.shown)
        self._check(job, ended)

    def _check(self, job: Job, ended: Exit) -> None:
        if job.running.left_pipes_open:
            self._log.write("[a child it left behind still holds its output]")
        if ended.timed_out:
            raise ScriptError(f"{job.text}: ran out of time and was ended", job.location)
        self.last_exit = ended
        try:
            job.check_exit(ended)
        except CheckFailed as failure:
            if job.prefix == "":
                failure.message = f"{job.text}: {failure.message}"
                raise
            self._log.write(f"[{failure.message}]")
        else:
            if job.prefix == "!":
                raise CheckFailed(f"{job.text}: unexpected success")

    # --- in the background -------------------------------------------------------------------

    def named(self, name: str) -> Job | None:
        """Return the background job of that name that was not waited for yet."""
        for job in self.background:
            if job.name == name:
                return job
        return None

    def is_over(self, name: str) -> bool:
        """Report whether a background job had that name and was waited for."""
        return name in self._names and self.named(name) is None

    def start_in_background(self, job: Job, name: str) -> None:
        """Run a job in the background; its name may be empty."""
        job.name = name
        self._names.add(name)
        limits = self._limits
        job.running.run_in_background(limits.deadline_within(job.limit), limits.grace)
        self.background.append(job)
        if not job.keeps_buffers:
            self._buffers.set(b"", b"")

    def collect(self, chosen: list[Job]) -> None:
        """Wait for background jobs, move their output into the buffers and check each exit.

        Raises:
            CheckFailed: the first of them that failed, after all were waited for.
            ScriptError: one ran out of time.
        """
        failure: Exception | None = None
        over = []
        for job in chosen:
            try:
                if self._check_ended(job):
                    over.append(job.running)
            except (CheckFailed, ScriptError) as error:
                over.append(job.running)
                failure = failure or error
        self._buffers.set(
            self._joined([running.stdout for running in over]),
            self._joined([running.stderr for running in over]),
        )
        if failure is not None:
            raise failure

    def _check_ended(self, job: Job) -> bool:
        """Wait for a background job, and check its exit; return False if it is interrupted.

        Raises:
            CheckFailed: it failed.
            ScriptError: it ran out of time.
        """
        ended = job.running.wait()
        self.background.remove(job)
        if ended is None:
            return False
        self._log.write(f"[background] {job.text}: {ended}")
        self._check(job, ended)
        return True

    def _joined(self, parts: list[Capture]) -> Capture:
        if len(parts) == 1:
            return parts[0]
        whole = self._buffers.capture()
        for part in parts:
            for chunk in part.chunks():
                whole.append(chunk)
            self._buffers.release(part)
        return whole

    def end_all(self) -> None:
        """End what still runs when the script is over: interrupt, then kill after the grace.

        Raises:
            CheckFailed: a job had failed by itself before.
            ScriptError: a job had run out of time, or still runs and must not.
        """
        over = [job for job in self.background if job.running.wait(0) is not None]
        running = [job for job in self.background if job not in over]
        left: list[Job] = []
        for job in running:
            job.running.send(signal.SIGINT)
        grace = self._limits.grace
        until = time.monotonic() + grace
        for job in running:
            if job.running.wait(max(0.0, until - time.monotonic())) is None:
                job.running.kill()
                job.running.wait(grace)
            self._log.write(f"[background] {job.text}: ended with the script")
            self._show(job)
            self.background.remove(job)
            if self._must_end and job.prefix != "?":
                left.append(job)
        failure: Exception | None = None
        for job in over:
            self._show(job)
            try:
                self._check_ended(job)
            except (CheckFailed, ScriptError) as error:
                failure = failure or error
        if failure is not None:
            raise failure
        for job in left:
            raise ScriptError(
                f"{job.text}: still runs at the script's end; `wait` for it or put `?` before it",
                job.location,
            )

    def _show(self, job: Job) -> None:
        name = job.name or "background"
        self._log.output(f"{name} stdout", job.running.stdout.excerpt(EXCERPT))
        self._log.output(f"{name} stderr", job.running.stderr.excerpt(EXCERPT))
