"""Starts, signals, times out and reaps processes; nothing else in scriptest does.

Every process leads a session and a process group of its own, so that whatever it starts can be
ended with it, and so that none can read from or stop at the terminal of whoever runs the tests.
"""

from __future__ import annotations

import errno
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import IO, TYPE_CHECKING, NamedTuple

from scriptest import osdep
from scriptest.capture import Capture

if TYPE_CHECKING:
    from scriptest.terminal import Terminal
    from scriptest.typist import Typist

PIPE_GRACE = 0.1
"""Seconds that output is still awaited after a program ended but left its pipes to a child."""

_POLL_WITHOUT_PIDFD = 0.02
# A signal that arrives just before the main thread blocks does not wake it.
_LONGEST_WAIT = 0.5
_BUSY_TRIES = 8


class Exit(NamedTuple):
    """How a process ended: by itself with a code, or by a signal."""

    code: int = 0
    signal: int = 0
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, in time, with code 0."""
        return self.code == 0 and self.signal == 0 and not self.timed_out

    def __str__(self) -> str:
        if self.signal:
            return f"signal: {osdep.signal_text(self.signal)}"
        return f"exit status {self.code}"


class Redirects(NamedTuple):
    """Descriptors that a program reads from and writes to; -1 stands for the usual place."""

    stdin: int = -1
    """Usually an empty input."""
    stdout: int = -1
    stderr: int = -1
    """The two are usually captured."""
    merge: bool = False
    """Whether stderr goes where stdout goes, in order."""


NO_REDIRECTS = Redirects()


def find_program(name: str, search: str, cwd: str, extensions: str = "") -> str | None:
    """Return the absolute path of the program that name means, or None.

    Args:
        name: a bare name looked for on search, or a path, relative to cwd unless absolute.
        search: a PATH; its relative entries count from cwd, empty ones are skipped.
        cwd: an absolute folder.
        extensions: Windows' PATHEXT; empty elsewhere.
    """
    suffixes = ["", *extensions.lower().split(os.pathsep)] if extensions else [""]
    if os.sep in name or (os.altsep and os.altsep in name):
        folders = [cwd]
    else:
        folders = [os.path.join(cwd, entry) for entry in search.split(os.pathsep) if entry]
    for folder in folders:
        for suffix in suffixes:
            path = os.path.join(folder, name + suffix)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
    return None


class Process:
    """A started program and what it writes.

    Call `run` once, in the thread that is to wait for it; `send` and `kill` may be called from
    any thread meanwhile.
    """

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        stdout: Capture,
        stderr: Capture,
        terminal: Terminal | None = None,
        typist: Typist | None = None,
    ) -> None:
        """Take over a program started by `start`."""
        self._popen = popen
        self.pid = popen.pid
        self.stdout = stdout
        self.stderr = stderr
        self.exit: Exit | None = None
        self.left_pipes_open = False
        self.shown = None if typist is None else typist.output
        self._terminal = terminal
        self._typist = typist
        if typist is not None:
            typist.leader = self.pid
        self._done = threading.Event()
        self._descendants: list[int] = []

    def send(self, number: int) -> bool:
        """Signal the whole group; False if nobody is left to receive it."""
        if self.exit is not None and not osdep.group_alive(self.pid):
            return False
        return osdep.signal_group(self.pid, number)

    def quit(self) -> None:
        """Ask the whole group to end, and remember what it started in groups of its own."""
        self._descendants = osdep.descendants(self.pid) if self.exit is None else []
        self.send(osdep.QUIT_SIGNAL)

    def kill(self) -> None:
        """End at once the whole group and everything the program started that is known."""
        if self.exit is None:
            self._descendants += osdep.descendants(self.pid)
        self.send(osdep.KILL_SIGNAL)
        osdep.kill_processes(self._descendants)
        self._descendants = []
        if self._terminal is not None:
            # A shell with a terminal gives every job a group of its own.
            osdep.kill_processes(osdep.session_members(self.pid))

    def run(self, deadline: float | None, grace: float) -> Exit:
        """Collect the output until the program ended, and return how it did.

        Args:
            deadline: time.monotonic() at which the quit signal is sent; None for never.
            grace: seconds between the quit signal and the kill.
        """
        reader = _PosixReader(self) if osdep.POSIX else _ThreadReader(self)
        clock = _Deadline(self, deadline, grace)
        try:
            reader.read_until_exit(clock)
        except BaseException:
            self.kill()
            self._popen.wait()
            raise
        finally:
            reader.close()
        self.exit = _exit_of(self._popen.returncode, clock.passed)
        self._done.set()
        return self.exit

    def run_in_background(self, deadline: float | None, grace: float) -> None:
        """Do what `run` does in a thread of its own."""
        thread = threading.Thread(target=self._run_quietly, args=(deadline, grace), daemon=True)
        thread.start()

    def _run_quietly(self, deadline: float | None, grace: float) -> None:
        try:
            self.run(deadline, grace)
        except OSError as error:
            # A full disk while spooling: the job counts as killed, its reason goes where its
            # own complaints would have gone.
            self.stderr = Capture("")
            self.stderr.append(f"scriptest: cannot keep the output: {error}\n".encode())
            self.exit = Exit(signal=osdep.KILL_SIGNAL)
            self._done.set()

    def wait(self, seconds: float | None = None) -> Exit | None:
        """Wait for a program run in the background; None if it did not end in time."""
        self._done.wait(seconds)
        return self.exit


def _exit_of(returncode: int, timed_out: bool) -> Exit:
    if returncode < 0:
        return Exit(-1, -returncode, timed_out)
    return Exit(returncode, 0, timed_out)


class _Deadline:
    """Escalates against a process that outstays its time: quit, then kill."""

    def __init__(self, process: Process, deadline: float | None, grace: float) -> None:
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


class _PosixReader:
    """Waits for output and exit together, in one poll."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._popen = process._popen
        self._poll = select.poll()
        self._pipes: dict[int, Callable[[], bool]] = {}
        for stream, capture in (
            (self._popen.stdout, process.stdout),
            (self._popen.stderr, process.stderr),
        ):
            if stream is not None:
                self._add(stream.fileno(), partial(_move, stream.fileno(), capture))
        self._typist = process._typist
        if self._typist is not None:
            self._add(self._typist.fileno(), self._typist.read)
        self._exit_fd = osdep.exit_descriptor(process.pid)
        if self._exit_fd >= 0:
            self._poll.register(self._exit_fd, select.POLLIN)

    def _add(self, descriptor: int, read: Callable[[], bool]) -> None:
        """Watch a descriptor; read takes what is there and returns False at its end."""
        self._pipes[descriptor] = read
        self._poll.register(descriptor, select.POLLIN)

    def _until_next(self, clock: _Deadline) -> float:
        """Seconds until something is due although no descriptor says so."""
        times = [clock.remaining(), _POLL_WITHOUT_PIDFD if self._exit_fd < 0 else _LONGEST_WAIT]
        if self._typist is not None:
            times.append(self._typist.remaining())
        return min(left for left in times if left is not None)

    def read_until_exit(self, clock: _Deadline) -> None:
        exited = False
        give_up = 0.0
        while self._pipes or not exited:
            left = give_up - time.monotonic() if exited else self._until_next(clock)
            events = self._poll.poll(max(0.0, left) * 1000)
            for descriptor, _ in events:
                if descriptor in self._pipes and not self._pipes[descriptor]():
                    self._poll.unregister(descriptor)
                    del self._pipes[descriptor]
            if exited:
                if left <= 0 or not events:
                    self._process.left_pipes_open = bool(self._pipes)
                    return
            elif self._has_exited(events):
                exited = True
                give_up = time.monotonic() + PIPE_GRACE
                if self._typist is not None:
                    self._typist.terminal.close_slave()

    def _has_exited(self, events: list[tuple[int, int]]) -> bool:
        if self._exit_fd < 0:
            return self._popen.poll() is not None
        if all(descriptor != self._exit_fd for descriptor, _ in events):
            return False
        self._poll.unregister(self._exit_fd)
        self._popen.wait()
        return True

    def close(self) -> None:
        if self._exit_fd >= 0:
            os.close(self._exit_fd)
        if self._typist is not None:
            self._typist.terminal.close()
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


def _drain(popen: subprocess.Popen[bytes]) -> None:
    """Throw away what a program's leftover children still write, so that they do not block."""
    for stream in (popen.stdout, popen.stderr):
        if stream is not None:
            threading.Thread(target=_copy, args=(stream, None), daemon=True).start()


def _copy(stream: IO[bytes], capture: Capture | None) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            if capture is not None:
                capture.append(chunk)


class _ThreadReader:
    """Reads each pipe in a thread, for systems that cannot poll pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._popen = process._popen
        pairs = ((self._popen.stdout, process.stdout), (self._popen.stderr, process.stderr))
        self._threads = [
            threading.Thread(target=_copy, args=pair, daemon=True)
            for pair in pairs
            if pair[0] is not None
        ]
        for thread in self._threads:
            thread.start()

    def read_until_exit(self, clock: _Deadline) -> None:
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


def start(
    argv: Sequence[str],
    *,
    executable: str,
    cwd: str,
    env: Mapping[str, str],
    stdout: Capture,
    stderr: Capture,
    redirects: Redirects = NO_REDIRECTS,
    terminal: Terminal | None = None,
    typist: Typist | None = None,
) -> Process:
    """Start a program as the leader of a new session and group.

    Args:
        argv: its arguments, its name first.
        executable: the absolute path of what is run.
        cwd: its working folder.
        env: its whole environment.
        stdout: what keeps its output.
        stderr: what keeps its complaints.
        redirects: where it reads from and writes to instead.
        terminal: what controls it; without one it has no terminal.
        typist: who types at that terminal and closes it at the end, if that is not the caller.

    Raises:
        OSError: it cannot be started.
    """
    errors = subprocess.STDOUT if redirects.merge else _or(redirects.stderr, subprocess.PIPE)
    for attempt in range(_BUSY_TRIES):
        try:
            popen = subprocess.Popen(
                argv,
                executable=executable,
                cwd=cwd,
                env=env,
                stdin=_or(redirects.stdin, subprocess.DEVNULL),
                stdout=_or(redirects.stdout, subprocess.PIPE),
                stderr=errors,
                bufsize=0,
                start_new_session=True,
                # One system call, and nothing that could wait for another thread.
                preexec_fn=None if terminal is None else terminal.take_control,
            )
        except OSError as error:
            # Another thread's fork may hold a just written program open for a moment
            # (golang/go#22315).
            if error.errno != errno.ETXTBSY or attempt == _BUSY_TRIES - 1:
                raise
            time.sleep(0.001 * 2**attempt)
        else:
            return Process(popen, stdout, stderr, terminal, typist)
    raise AssertionError("unreachable")


def _or(descriptor: int, usual: int) -> int:
    return usual if descriptor < 0 else descriptor
