"""Jobs: what runs, what the script wants of it, and how it is waited for and judged."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from scriptest.base import numbers, platform
from scriptest.base.errors import CheckFailed, Location, ScriptError
from scriptest.process.process import Exit
from scriptest.sandbox.log import EXCERPT

if TYPE_CHECKING:
    from scriptest.process.capture import Capture
    from scriptest.sandbox.state import State

ExitCheck = Callable[[Exit], None]
"""Raises CheckFailed for an end that the script calls a failure."""


class Running(Protocol):
    """Something that takes time: a process, a pause."""

    stdout: Capture
    stderr: Capture
    shown: Capture | None
    """What the terminal showed that it was given, if it was."""
    left_pipes_open: bool

    def run(self, deadline: float | None, grace: float) -> Exit:
        """Stay until it ended."""

    def run_in_background(self, deadline: float | None, grace: float) -> None:
        """Return at once; `wait` tells when it ended."""

    def wait(self, seconds: float | None = None) -> Exit | None:
        """Wait for what runs in the background; None if it is not over in time."""

    def send(self, number: int) -> bool:
        """Signal it; False if it is over."""

    def kill(self) -> None:
        """End it at once."""


class Job:
    """A running thing together with what the script wants of it."""

    __slots__ = (
        "check_exit",
        "keeps_buffers",
        "limit",
        "location",
        "name",
        "prefix",
        "running",
        "text",
    )

    def __init__(self, running: Running, text: str, location: Location) -> None:
        """Wrap something that runs.

        Args:
            running: what runs.
            text: the command as the log calls it.
            location: where the script started it.
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
    """Return what judges whether a program ended with a status, or by a signal.

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


def _deadline(state: State, job: Job) -> float | None:
    if job.limit is None:
        return state.deadline
    own = time.monotonic() + job.limit
    return own if state.deadline is None else min(own, state.deadline)


def finish(state: State, job: Job) -> None:
    """Run a job in the foreground and judge it.

    Raises:
        CheckFailed: it ended in a way that is a failure, or `!` wanted one and there was none.
        ScriptError: it ran out of time.
    """
    ended = job.running.run(_deadline(state, job), state.grace)
    if not job.keeps_buffers:
        state.set_buffers(job.running.stdout, job.running.stderr)
    if job.running.shown is not None:
        state.set_terminal_buffer(job.running.shown)
    _check(state, job, ended)


def named(state: State, name: str) -> Job | None:
    """Return the background job of that name that was not waited for yet."""
    for job in state.jobs:
        if job.name == name:
            return job
    return None


def background(state: State, job: Job, name: str) -> None:
    """Let a job run in the background under a name, or under none."""
    job.name = name
    state.jobs.append(job)
    state.job_names.add(name)
    job.running.run_in_background(_deadline(state, job), state.grace)
    if not job.keeps_buffers:
        state.set_buffers(b"", b"")


def collect(state: State, chosen: list[Job]) -> None:
    """Wait for jobs in the background, take their output and judge each.

    Raises:
        CheckFailed: the first of them that failed, after all were waited for.
        ScriptError: one ran out of time.
    """
    failure: Exception | None = None
    over = []
    for job in chosen:
        ended = job.running.wait()
        state.jobs.remove(job)
        if ended is None:
            continue
        state.log.write(f"[background] {job.text}: {ended}")
        over.append(job.running)
        try:
            _check(state, job, ended)
        except (CheckFailed, ScriptError) as error:
            failure = failure or error
    state.set_buffers(
        _joined(state, [running.stdout for running in over]),
        _joined(state, [running.stderr for running in over]),
    )
    if failure is not None:
        raise failure


def _joined(state: State, parts: list[Capture]) -> Capture:
    if len(parts) == 1:
        return parts[0]
    whole = state.capture()
    for part in parts:
        for chunk in part.chunks():
            whole.append(chunk)
        state.release(part)
    return whole


def _check(state: State, job: Job, ended: Exit) -> None:
    if job.running.left_pipes_open:
        state.log.write("[a child it left behind still holds its output]")
    if ended.timed_out:
        raise ScriptError(f"{job.text}: ran out of time and was ended", job.location)
    state.last_exit = ended
    try:
        job.check_exit(ended)
    except CheckFailed as failure:
        if job.prefix == "":
            failure.message = f"{job.text}: {failure.message}"
            raise
        state.log.write(f"[{failure.message}]")
    else:
        if job.prefix == "!":
            raise CheckFailed(f"{job.text}: unexpected success")


def end_all(state: State) -> None:
    """End what still runs when the script is over: interrupt, then kill after the grace.

    Raises:
        CheckFailed: a job had failed by itself before.
        ScriptError: a job had run out of time, or the dialect wants it to be waited for.
    """
    over = [job for job in state.jobs if job.running.wait(0) is not None]
    running = [job for job in state.jobs if job not in over]
    left: list[Job] = []
    for job in running:
        job.running.send(signal.SIGINT)
    until = time.monotonic() + state.grace
    for job in running:
        if job.running.wait(max(0.0, until - time.monotonic())) is None:
            job.running.kill()
            job.running.wait(state.grace)
        state.log.write(f"[background] {job.text}: ended with the script")
        _show(state, job)
        state.jobs.remove(job)
        if state.dialect.jobs_must_end and job.prefix != "?":
            left.append(job)
    for job in over:
        _show(state, job)
    if over:
        collect(state, over)
    for job in left:
        raise ScriptError(
            f"{job.text}: still runs at the script's end; `wait` for it or put `?` before it",
            job.location,
        )


def _show(state: State, job: Job) -> None:
    name = job.name or "background"
    state.log.output(f"{name} stdout", job.running.stdout.excerpt(EXCERPT))
    state.log.output(f"{name} stderr", job.running.stderr.excerpt(EXCERPT))
