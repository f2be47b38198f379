"""Starts, signals, times out and reaps processes; nothing else in scriptest does.

Every process leads a session and a process group of its own, so that all it starts can be ended
with it, and so that none can read from or stop at the terminal of scriptest itself.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base import platform, process_tags
from scriptest.base.errors import NO_MORE_THREADS, HostError, check_host
from scriptest.process.capture import Capture
from scriptest.process.readers import Deadline, PosixReader, ThreadReader

if TYPE_CHECKING:
    from scriptest.process.auto_typer import AutoTyper
    from scriptest.process.fork_server import Forked, ForkServer
    from scriptest.process.pty import Terminal

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
            return f"signal: {platform.signal_text(self.signal)}"
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


class Program:
    """A program to start.

    Attributes:
        argv: Its name and its arguments.
        executable: The absolute path of the file that runs.
        cwd: Its working folder.
        env: Its whole environment.
        redirects: Where it reads from and writes to instead of the usual.
        fork_server: Forks the program, if it is a Python entry point.
        tag: What marks it and all that it starts; see `process_tags`.
    """

    __slots__ = ("argv", "cwd", "env", "executable", "fork_server", "redirects", "tag")

    def __init__(
        self,
        argv: Sequence[str],
        executable: str,
        cwd: str,
        env: Mapping[str, str],
        *,
        redirects: Redirects = NO_REDIRECTS,
        fork_server: "ForkServer | None" = None,
        tag: int = process_tags.UNTAGGED,
    ) -> None:
        self.argv = argv
        self.executable = executable
        self.cwd = cwd
        self.env = env
        self.redirects = redirects
        self.fork_server = fork_server
        self.tag = tag


class Process:
    """A started program and what it writes.

    Call `run` once, in the thread that is to wait for it; `send` and `kill` may be called from
    any thread meanwhile.
    """

    def __init__(
        self,
        popen: "subprocess.Popen[bytes] | Forked",
        stdout: Capture,
        stderr: Capture,
        terminal: "Terminal | None" = None,
        auto_typer: "AutoTyper | None" = None,
        tag: int = process_tags.UNTAGGED,
    ) -> None:
        """Take over a program started by `start`."""
        self.popen = popen
        self.pid = popen.pid
        self.stdout = stdout
        self.stderr = stderr
        self.exit: Exit | None = None
        self.left_pipes_open = False
        self.shown = None if auto_typer is None else auto_typer.output
        self._tag = tag
        self._terminal = terminal
        self.auto_typer = auto_typer
        if auto_typer is not None:
            auto_typer.leader = self.pid
        self._done = threading.Event()
        self._descendants: list[int] = []
        self._host_error: HostError | None = None

    def exit_descriptor(self) -> int:
        """Return a new descriptor that is readable once it has ended; -1 if unsupported."""
        if isinstance(self.popen, subprocess.Popen):
            return platform.exit_descriptor(self.pid)
        return self.popen.exit_descriptor()

    def check(self) -> None:
        """Check that the end of the program can be seen.

        Raises:
            HostError: it cannot.
        """
        if not isinstance(self.popen, subprocess.Popen):
            self.popen.check()

    def send(self, number: int) -> bool:
        """Signal the whole group; False if none of it is left."""
        if self.exit is not None and not platform.group_alive(self.pid):
            return False
        return platform.signal_group(self.pid, number)

    def quit(self) -> None:
        """Ask the whole group to end, and remember what it started in groups of its own."""
        self._descendants = self._own_descendants()
        self.send(platform.QUIT_SIGNAL)

    def _own_descendants(self) -> list[int]:
        """Return the descendants, without those that a run of scripts has tagged, or its watchdog.

        Such a run ends its processes by itself.
        """
        if self.exit is not None:
            return []
        found = platform.descendants(self.pid)
        return [pid for pid in found if process_tags.tag_of(pid) == self._tag]

    def kill(self) -> None:
        """End at once the whole group and everything the program started that is known."""
        self._descendants += self._own_descendants()
        self.send(platform.KILL_SIGNAL)
        platform.kill_processes(self._descendants)
        self._descendants = []
        if self._terminal is not None:
            # A shell with a terminal gives every job a group of its own.
            platform.kill_processes(platform.session_members(self.pid))

    def run(self, deadline: float | None, grace: float) -> Exit:
        """Collect the output until the program ended, and return how it did.

        Args:
            deadline: time.monotonic() at which the quit signal is sent; None for never.
            grace: seconds between the quit signal and the kill.

        Raises:
            OSError: its output cannot be kept.
            HostError: its end cannot be seen.
        """
        reader = PosixReader(self) if platform.POSIX else ThreadReader(self)
        clock = Deadline(self, deadline, grace)
        try:
            reader.read_until_exit(clock)
        except HostError:
            self.kill()
            raise
        except BaseException:
            self.kill()
            self.popen.wait()
            raise
        finally:
            reader.close()
        self.exit = _exit_of(self.popen.wait(), clock.passed)
        self._done.set()
        return self.exit

    def run_in_background(self, deadline: float | None, grace: float) -> None:
        """Call `run` in a thread of its own.

        Raises:
            HostError: there is no thread left; the program was ended.
        """
        thread = threading.Thread(target=self._run_quietly, args=(deadline, grace), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self.kill()
            self.popen.wait()
            raise HostError(NO_MORE_THREADS) from None

    def _run_quietly(self, deadline: float | None, grace: float) -> None:
        try:
            self.run(deadline, grace)
        except OSError as error:
            # A full disk while spooling: the job counts as killed, its reason goes where its
            # own complaints would have gone.
            self.stderr = Capture("")
            self.stderr.append(f"scriptest: cannot keep the output: {error}\n".encode())
            self.exit = Exit(signal=platform.KILL_SIGNAL)
            self._done.set()
        except HostError as error:
            self._host_error = error
            self._done.set()

    def wait(self, seconds: float | None = None) -> Exit | None:
        """Wait for a program run in the background; None if it did not end in time.

        Raises:
            HostError: its end cannot be seen.
        """
        self._done.wait(seconds)
        if self._host_error is not None:
            raise self._host_error
        return self.exit


def _exit_of(returncode: int, timed_out: bool) -> Exit:
    if returncode < 0:
        return Exit(-1, -returncode, timed_out)
    return Exit(returncode, 0, timed_out)


def start(
    program: Program,
    stdout: Capture,
    stderr: Capture,
    *,
    terminal: "Terminal | None" = None,
    auto_typer: "AutoTyper | None" = None,
) -> Process:
    """Start a program as the leader of a new session and group.

    Args:
        program: the program.
        stdout: keeps its standard output.
        stderr: keeps its standard error.
        terminal: its controlling terminal, or that of auto_typer; without one it has none.
        auto_typer: types at its own terminal, and closes it at the end.

    Raises:
        OSError: it cannot be started.
        HostError: the system is out of processes or descriptors, or the fork server was stopped.
    """
    if auto_typer is not None:
        terminal = auto_typer.terminal
    try:
        return _start(program, stdout, stderr, terminal, auto_typer)
    except OSError as error:
        check_host(error)
        raise


def _start(
    program: Program,
    stdout: Capture,
    stderr: Capture,
    terminal: "Terminal | None",
    auto_typer: "AutoTyper | None",
) -> Process:
    source, output, errors = streams = _streams(program.redirects)
    argv, executable, tag = program.argv, program.executable, program.tag
    if program.fork_server is not None:
        if terminal is None:
            forked = program.fork_server.start(argv, program.cwd, program.env, streams, tag)
            if forked is not None:
                return Process(forked, stdout, stderr, tag=tag)
        argv, executable = program.fork_server.plain(argv), sys.executable

    def new() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv,
            executable=executable,
            cwd=program.cwd,
            env=program.env,
            stdin=source,
            stdout=output,
            stderr=errors,
            bufsize=0,
            start_new_session=True,
            # One system call, and nothing that could wait for another thread.
            preexec_fn=None if terminal is None else terminal.take_control,
        )

    with process_tags.Inherited(tag):
        popen = _retry_while_busy(new)
    return Process(popen, stdout, stderr, terminal, auto_typer, tag)


def _streams(redirects: Redirects) -> tuple[int, int, int]:
    """Return the three standard streams as `subprocess.Popen` takes them."""
    source = _or(redirects.stdin, subprocess.DEVNULL)
    output = _or(redirects.stdout, subprocess.PIPE)
    if redirects.merge:
        return source, output, subprocess.STDOUT
    return source, output, _or(redirects.stderr, subprocess.PIPE)


def _retry_while_busy(new: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Start a process; again if another thread's fork holds the just written program open.

    That lasts for a moment only (golang/go#22315).
    """
    for attempt in range(_BUSY_TRIES - 1):
        try:
            return new()
        except OSError as error:
            if error.errno != errno.ETXTBSY:
                raise
            time.sleep(0.001 * 2**attempt)
    return new()


def _or(descriptor: int, usual: int) -> int:
    return usual if descriptor < 0 else descriptor
