"""Waits for a process: collects what it writes until it ends, and keeps to its deadline."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from scriptest.process.capture import Capture

if TYPE_CHECKING:
    from typing import IO, Protocol

    from scriptest.process.auto_typer import AutoTyper
    from scriptest.process.fork_server import Forked

    class ReadableProcess(Protocol):
        """The part of a process that its reader uses."""

        popen: subprocess.Popen[bytes] | Forked
        stdout: Capture
        stderr: Capture
        auto_typer: AutoTyper | None
        left_pipes_open: bool

        def exit_descriptor(self) -> int:
            """Return a new descriptor that is readable once it has ended, or -1."""

        def check(self) -> None:
            """Raise HostError if its end cannot be seen."""

        def quit(self) -> None:
            """Ask the whole group to end."""

        def kill(self) -> None:
            """End the whole group at once."""


PIPE_GRACE = 0.1
"""Seconds that output is still awaited after a program ended but left its pipes to a child."""

# A busy machine may let that time pass before what the program itself wrote is read.
_LAST_READS = 64

_POLL_WITHOUT_PIDFD = 0.02
# A signal that arrives just before the main thread blocks does not wake it.
_LONGEST_WAIT = 0.5


class Deadline:
    """Escalates against a process that outstays its time: quit, then kill."""

    def __init__(self, process: ReadableProcess, deadline: float | None, grace: float) -> None:
        self._process = process
        self._next = deadline
        self._grace = grace
        self.passed = False

    def remaining(self) -> float | None:
        """Seconds until something is due; sends what is due already."""
        if self._next is None:
            return None
        left = self._next - time.monotonic()
        if left > 0:
            return left
        if self.passed:
            self._process.kill()
            self._next = None
            return None
        self.passed = True
        self._process.quit()
        self._next = time.monotonic() + self._grace
        return self._grace


class PosixReader:
    """Waits for output and exit together, in one poll."""

    def __init__(self, process: ReadableProcess) -> None:
        self._process = process
        self._popen = process.popen
        self._poll = select.poll()
        self._pipes: dict[int, Callable[[], bool]] = {}
        for stream, capture in (
            (self._popen.stdout, process.stdout),
            (self._popen.stderr, process.stderr),
        ):
            if stream is not None:
                self._add(stream.fileno(), partial(_move, stream.fileno(), capture))
        self._auto_typer = process.auto_typer
        if self._auto_typer is not None:
            self._add(self._auto_typer.fileno(), self._auto_typer.read)
        self._exit_fd = process.exit_descriptor()
        if self._exit_fd >= 0:
            self._poll.register(self._exit_fd, select.POLLIN)

    def _add(self, descriptor: int, read: Callable[[], bool]) -> None:
        """Watch a descriptor; read takes what is there and returns False at its end."""
        self._pipes[descriptor] = read
        self._poll.register(descriptor, select.POLLIN)

    def _until_next(self, clock: Deadline) -> float:
        """Seconds until something is due although no descriptor says so."""
        times = [clock.remaining(), _POLL_WITHOUT_PIDFD if self._exit_fd < 0 else _LONGEST_WAIT]
        if self._auto_typer is not None:
            times.append(self._auto_typer.remaining())
        return min(left for left in times if left is not None)

    def read_until_exit(self, clock: Deadline) -> None:
        """Read output until the program has ended, or its time and its grace are over."""
        exited = False
        give_up = 0.0
        last_reads = _LAST_READS
        while self._pipes or not exited:
            left = give_up - time.monotonic() if exited else self._until_next(clock)
            events = self._poll.poll(max(0.0, left) * 1000)
            for descriptor, _ in events:
                if descriptor in self._pipes and not self._pipes[descriptor]():
                    self._poll.unregister(descriptor)
                    del self._pipes[descriptor]
            if not events and not exited:
                self._process.check()
            if exited:
                last_reads -= left <= 0
                if not events or not last_reads:
                    self._process.left_pipes_open = bool(self._pipes)
                    return
            elif self._has_exited(events):
                exited = True
                give_up = time.monotonic() + PIPE_GRACE
                if self._auto_typer is not None:
                    self._auto_typer.terminal.close_slave()

    def _has_exited(self, events: list[tuple[int, int]]) -> bool:
        if self._exit_fd < 0:
            return self._popen.poll() is not None
        if all(descriptor != self._exit_fd for descriptor, _ in events):
            return False
        self._poll.unregister(self._exit_fd)
        self._popen.wait()
        return True

    def close(self) -> None:
        """Close the pipes; what children that were left behind still write is thrown away."""
        if self._exit_fd >= 0:
            os.close(self._exit_fd)
        if self._auto_typer is not None:
            self._auto_typer.terminal.close()
        if self._pipes and self._process.left_pipes_open:
            _drain(self._popen)
            return
        for stream in (self._popen.stdout, self._popen.stderr):
            if stream is not None:
                stream.close()


def _move(descriptor: int, capture: Capture) -> bool:
    chunk = os.read(descriptor, 65536)
    capture.append(chunk)
    return bool(chunk)


def _drain(popen: subprocess.Popen[bytes] | Forked) -> None:
    """Throw away what a program's leftover children still write, so that they do not block."""
    for stream in (popen.stdout, popen.stderr):
        if stream is not None:
            threading.Thread(target=_copy, args=(stream, None), daemon=True).start()


def _copy(stream: IO[bytes], capture: Capture | None) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            if capture is not None:
                capture.append(chunk)


class ThreadReader:
    """Reads each pipe in a thread, for systems that cannot poll pipes."""

    def __init__(self, process: ReadableProcess) -> None:
        self._process = process
        self._popen = process.popen
        pairs = ((self._popen.stdout, process.stdout), (self._popen.stderr, process.stderr))
        self._threads = [
            threading.Thread(target=_copy, args=pair, daemon=True)
            for pair in pairs
            if pair[0] is not None
        ]
        for thread in self._threads:
            thread.start()

    def read_until_exit(self, clock: Deadline) -> None:
        """Wait for the program; its output is read by the threads meanwhile."""
        while True:
            try:
                self._popen.wait(clock.remaining())
                break
            except subprocess.TimeoutExpired:
                continue
        for thread in self._threads:
            thread.join(PIPE_GRACE)
        self._process.left_pipes_open = any(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Leave the pipes to the reader threads, which close them at their end."""
