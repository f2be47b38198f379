"""Runs scripts in a Dask worker: each in a process that belongs to one run."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from scriptest.cluster.messages import Interrupted, Order, Problem, RunSpec
from scriptest.cluster.server import IDLE

if TYPE_CHECKING:
    from scriptest.engine.result import Result

_COMMAND = [sys.executable, "-P", "-m", "scriptest.cluster.server"]


class _Process:
    """A process that runs scripts of one run, one at a time."""

    def __init__(self, spec: RunSpec) -> None:
        # A node may have the project elsewhere; then its worker is started there.
        folder = spec.folder if os.path.isdir(spec.folder) else None
        self.run = spec.run
        self.used = time.monotonic()
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self._send(spec)

    def _send(self, message: object) -> None:
        pickle.dump(message, self._orders)
        self._orders.flush()

    def answer(self, order: Order) -> Result | Problem:
        """Run a script, and return how it ended.

        Raises:
            OSError, EOFError, UnpicklingError: the process has ended.
        """
        self._send(order)
        answer: Result | Problem = pickle.load(self._answers)
        self.used = time.monotonic()
        return answer

    def stop(self) -> None:
        """Interrupt the script that runs, and let the process end."""
        try:
            self._orders.close()
        except OSError:
            # It has ended already.
            return

    def end(self) -> str:
        """Wait for the end, and return the message that a teardown failed, or nothing."""
        self.stop()
        try:
            message = pickle.load(self._answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            message = ""
        self._answers.close()
        self._process.wait()
        return message if isinstance(message, str) else ""

    def kill(self) -> int:
        """End the process at once, and return its exit status."""
        self._process.kill()
        self.stop()
        self._answers.close()
        return self._process.wait()


class _Pool:
    """The processes of this worker; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._busy: list[_Process] = []
        self._stopped: set[str] = set()

    def take(self, spec: RunSpec) -> _Process | None:
        """Return a process for a run; None if the run was stopped."""
        self._end_unused()
        with self._lock:
            if spec.run in self._stopped:
                return None
            process = next((each for each in self._idle if each.run == spec.run), None)
            if process is not None:
                self._idle.remove(process)
            else:
                process = _Process(spec)
            self._busy.append(process)
            return process

    def _end_unused(self) -> None:
        """End the processes that will soon end themselves: those of runs that were lost."""
        oldest = time.monotonic() - IDLE / 2
        with self._lock:
            unused = [process for process in self._idle if process.used < oldest]
            self._idle = [process for process in self._idle if process not in unused]
        for process in unused:
            process.end()

    def give_back(self, process: _Process) -> None:
        """Take back a process that has answered."""
        with self._lock:
            self._busy.remove(process)
            self._idle.append(process)

    def remove(self, process: _Process) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._busy.remove(process)

    def stop(self, run: str) -> None:
        """Interrupt all scripts of a run, and let none begin."""
        with self._lock:
            self._stopped.add(run)
            for process in (*self._idle, *self._busy):
                if process.run == run:
                    process.stop()

    def close(self, run: str) -> list[str]:
        """End all processes of a run that is over; return the messages of teardowns that failed."""
        with self._lock:
            self._stopped.discard(run)
            ended = [process for process in self._idle if process.run == run]
            self._idle = [process for process in self._idle if process not in ended]
        return [message for process in ended if (message := process.end())]


_POOL = _Pool()


def run_script(spec: RunSpec, order: Order) -> Result | Problem | Interrupted:
    """Run a script on this node; a task of Dask."""
    try:
        process = _POOL.take(spec)
    except OSError as error:
        return Problem(f"no process can be started: {error.strerror}")
    if process is None:
        return Interrupted()
    try:
        answer = process.answer(order)
    except (EOFError, OSError, pickle.UnpicklingError, ValueError):
        _POOL.remove(process)
        return Problem(f"the process that ran it ended with exit status {process.kill()}")
    _POOL.give_back(process)
    return answer


def stop_run(run: str) -> None:
    """Interrupt a run on this node."""
    _POOL.stop(run)


async def close_run(run: str) -> list[str]:
    """End a run on this node; return the messages of teardowns that failed."""
    import asyncio

    return await asyncio.to_thread(_POOL.close, run)
