"""A worker process, seen from the coordinator: start, calls, signals and exit status."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.ipc import messages
from fuzzengine.ipc.messages import SEED_VARIABLE, set_seed
from fuzzengine.ipc.parent_death import PARENT_PIPE_VARIABLE, end_group_with_pipe
from fuzzengine.ipc.process import start_thread
from fuzzengine.ipc.shared_memory import MEMORY_SIZE, SharedMemory, create_memory
from fuzzengine.ipc.spawn import spawn
from scriptest.base.folders import temporary_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from queue import SimpleQueue
    from threading import Thread

    from fuzzengine.ipc.exit_status import ExitStatus
    from fuzzengine.ipc.process import Process

STDERR_KEPT = 64 << 10
_COMMAND_KEPT = 200
_PARENT_PIPE = 6
_RENEWED = 1 << 20  # above the number of workers
_PIPE_ROOM = 4096
_DRAIN_SECONDS = 0.2
# Without other holders a pipe has an end, which a busy machine may take a while to read.
_LAST_SECONDS = 5


class Event:
    """An event of a worker, which is given by its number."""

    __slots__ = ("worker",)

    def __init__(self, worker: int) -> None:
        self.worker = worker


class Answer(Event):
    """A worker sent a line."""

    __slots__ = ("line",)

    def __init__(self, worker: int, line: bytes) -> None:
        super().__init__(worker)
        self.line = line


class Broken(Event):
    """A worker sends no more answers.

    `complaint` is the reason why its last message is not an answer; "" at the end of the pipe.
    """

    __slots__ = ("complaint",)

    def __init__(self, worker: int, complaint: str) -> None:
        super().__init__(worker)
        self.complaint = complaint


class Stopped(Event):
    """A worker process was stopped, by a signal such as `SIGSTOP`."""

    __slots__ = ("signal",)

    def __init__(self, worker: int, signal: str) -> None:
        super().__init__(worker)
        self.signal = signal


class Ended(Event):
    """A worker process has ended; always the last event of a process."""

    __slots__ = ("status",)

    def __init__(self, worker: int, status: ExitStatus) -> None:
        super().__init__(worker)
        self.status = status


class WorkerProcess:
    """A worker process, its pipes and its shared memory. Used by one thread.

    Attributes:
        memory: the shared memory, which remains when the worker is started again.
    """

    def __init__(
        self,
        number: int,
        command: Sequence[str],
        environment: Mapping[str, str],
        events: SimpleQueue[Event | str],
    ) -> None:
        self.number = number
        self._command = command
        self._environment = {**environment, PARENT_PIPE_VARIABLE: str(_PARENT_PIPE)}
        self._events = events
        self._process: Process | None = None
        self._in = self._life = -1
        self._stderr = bytearray()
        self._file, self._path = create_memory(temporary_folder(os.environ))
        if self._path and os.name != "nt":
            os.unlink(self._path)
            self._path = ""
        self.memory = SharedMemory(self._file, MEMORY_SIZE)

    def start(self) -> None:
        """Start the worker process.

        Raises:
            OSError: it cannot be started.
        """
        self._stderr.clear()
        self.memory.begin_process()
        opened: list[int] = []
        try:
            child_in, self._in = _pipe(opened)
            out, child_out = _pipe(opened)
            err, child_err = _pipe(opened)
            child_life, self._life = _pipe(opened)
            null = os.open(os.devnull, os.O_RDWR)
            opened.append(null)
            inherited = (null, null, child_err, child_in, child_out, self._file, child_life)
            process = spawn(self._command, self._environment, dict(enumerate(inherited)))
        except OSError:
            self._in = self._life = -1
            for descriptor in opened:
                os.close(descriptor)
            raise
        end_group_with_pipe(child_life, process.pid)
        for descriptor in (null, child_in, child_out, child_err, child_life):
            os.close(descriptor)
        self._process = process
        try:
            readers = [start_thread(self._read_answers, out), start_thread(self._read_stderr, err)]
            start_thread(self._await_end, process, readers, (out, err))
        except OSError:
            process.signal("SIGKILL", group=True)
            process.wait()
            raise

    def renew(self) -> None:
        """Change the random seed of the next process, so that it finds other inputs."""
        seed = int(self._environment.get(SEED_VARIABLE, "0"))
        set_seed(self._environment, seed + _RENEWED)

    def send(self, call: bytes) -> None:
        """Send a call. If the worker cannot read it, an event follows."""
        if len(call) <= _PIPE_ROOM:
            self._write(call)
        else:
            # A worker that does not read must not block the coordinator.
            start_thread(self._write, call)

    def close_calls(self) -> None:
        """Close the pipe of calls; the worker ends after the current one."""
        if self._in >= 0:
            os.close(self._in)
            self._in = -1

    def signal(self, name: str, *, group: bool = False) -> None:
        """Send a signal to the worker, or to its whole process group."""
        if self._process is not None:
            self._process.signal(name, group=group)

    @property
    def pid(self) -> int:
        """The process id of the worker; 0 before it is started."""
        return self._process.pid if self._process is not None else 0

    def other_program(self) -> str:
        """Return the command of the worker if it executes another program, or "" (Linux)."""
        try:
            with open(f"/proc/{self.pid}/cmdline", "rb") as file:
                command = file.read().split(b"\0")[:-1]
        except OSError:
            return ""
        # It is empty once the process has ended.
        if not command or command == [os.fsencode(word) for word in self._command]:
            return ""
        return b" ".join(command)[:_COMMAND_KEPT].decode("utf-8", "backslashreplace")

    def stderr_tail(self) -> str:
        """Return the end of the worker's standard error, without the frames of fuzzengine."""
        lines = bytes(self._stderr).decode("utf-8", "replace").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(f'  File "{ENGINE_FOLDER}'))

    def release(self) -> None:
        """Close the pipes to a worker that has ended."""
        self.close_calls()
        if self._life >= 0:
            os.close(self._life)
            self._life = -1

    def close(self) -> None:
        """Release all resources; the worker must have ended."""
        self.release()
        self.memory.close()
        os.close(self._file)
        if self._path:
            os.unlink(self._path)

    def _write(self, call: bytes) -> None:
        try:
            while call:
                call = call[os.write(self._in, call) :]
        except OSError:
            return

    def _read_answers(self, out: int) -> None:
        pending = b""
        broken = False
        while chunk := _read(out):
            if broken:
                continue
            pending += chunk
            *lines, pending = pending.split(b"\n")
            for line in lines:
                self._events.put(Answer(self.number, line))
            objection = messages.object_objection(pending)
            if objection:
                broken = True
                self._events.put(Broken(self.number, objection))
        if not broken:
            self._events.put(Broken(self.number, "unexpected EOF" if pending else ""))
        os.close(out)

    def _read_stderr(self, err: int) -> None:
        while chunk := _read(err):
            self._stderr += chunk
            del self._stderr[:-STDERR_KEPT]
        os.close(err)

    def _await_end(self, process: Process, readers: list[Thread], pipes: tuple[int, int]) -> None:
        status = process.wait(lambda name: self._events.put(Stopped(self.number, name)))
        for reader, pipe in zip(readers, pipes, strict=True):
            reader.join(_DRAIN_SECONDS)
            if reader.is_alive() and sys.platform == "linux":
                from fuzzengine.ipc.orphans import end_holders

                end_holders(pipe)
                reader.join(_LAST_SECONDS)
        self._events.put(Ended(self.number, status))


def _pipe(opened: list[int]) -> tuple[int, int]:
    ends = os.pipe()
    opened += ends
    return ends


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
