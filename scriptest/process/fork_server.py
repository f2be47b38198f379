"""Starts Python entry points: as forks of a server that has them loaded, or as new processes.

Starting an interpreter and importing the modules of a program often takes longer than the program.
The server (`entry_point.py`) does both once a run, and forks for every start. A new process is
started where a fork would behave differently: on systems without fork, when the import started
threads, at a terminal, when `PYTHON...` variables differ from the server's, in a measured run.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

from scriptest.base import platform, process_tags
from scriptest.base.errors import HostError
from scriptest.base.platform import POSIX
from scriptest.base.process_tags import UNTAGGED
from scriptest.process.entry_point import LENGTH_BYTES, READY

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry_point.py")
_ANSWER_SECONDS = 60.0
_LOOK_SECONDS = 0.5
"""Seconds without an answer after which the state of the server is looked at."""

_STOPPED = "T"
_LOST = "the fork server {}; a program must not stop or kill its parent"
_MEASURED = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


class Forked:
    """A running child of the fork server, with the interface of `subprocess.Popen`.

    Attributes:
        pid: the process's; it leads a session of its own.
        stdout: where its output can be read, None if it goes elsewhere.
        stderr: the same for its complaints.
        returncode: its exit status, or the negative number of the signal that ended it; None
            before `wait`.
    """

    def __init__(
        self,
        pid: int,
        report: int,
        server: ForkServer,
        stdout: IO[bytes] | None,
        stderr: IO[bytes] | None,
    ) -> None:
        """Take over a child and the pipes to it.

        Args:
            pid: the process's.
            report: brings its exit status.
            server: writes the report.
            stdout: its output.
            stderr: its complaints.
        """
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._report = report
        self._server = server

    def exit_descriptor(self) -> int:
        """Return a new descriptor that is readable once the child has ended."""
        return os.dup(self._report)

    def check(self) -> None:
        """Check that the server can report the end of the child.

        Raises:
            HostError: it was stopped.
        """
        self._server.check()

    def poll(self) -> int | None:
        """Return the exit status if the child has ended."""
        if self.returncode is None and _readable(self._report, 0):
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status.

        Raises:
            subprocess.TimeoutExpired: it did not end in time, given in seconds.
            HostError: the server was stopped or killed.
        """
        if self.returncode is None:
            if timeout is not None and not _readable(self._report, timeout):
                raise subprocess.TimeoutExpired([], timeout)
            text = self._server.read_report(self._report)
            os.close(self._report)
            if not text:
                raise HostError(_LOST.format("was killed"))
            self.returncode = int(text)
        return self.returncode


class ForkServer:
    """A process that has an entry point loaded and forks for each start; started on first use."""

    def __init__(self, reference: str, folders: Sequence[str]) -> None:
        """Name what is loaded.

        Args:
            reference: `module:function`.
            folders: where modules are looked for before those that are installed.
        """
        self._reference = reference
        self._paths = os.pathsep.join(folders)
        self._folder = folders[0] if folders else os.getcwd()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._variables: Mapping[str, str] = {}
        self._useless: bool = not POSIX
        self._stopped_since = 0.0

    def plain(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs the entry point in a new process.

        Args:
            argv: what it is called, and its arguments.
        """
        return [sys.executable, "-P", _PROGRAM, self._paths, self._reference, *argv]

    def start(
        self,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        streams: tuple[int, int, int],
        tag: int = UNTAGGED,
    ) -> Forked | None:
        """Fork a child that runs the entry point.

        Args:
            argv: what it is called, and its arguments.
            cwd: its working folder.
            env: its whole environment.
            streams: what it reads from and writes to, as `subprocess.Popen` takes them.
            tag: what marks it and all that it starts.

        Returns:
            None where it must be a new process.

        Raises:
            OSError: there are no descriptors or processes left.
            HostError: the server was stopped.
        """
        if self._useless or any(name in env for name in _MEASURED):
            return None
        with self._lock:
            if self._process is None:
                self._useless = not self._load(env, tag)
            if self._useless or _of_interpreter(env) != self._variables:
                return None
        request = {"argv": list(argv), "cwd": cwd, "env": dict(env), "tag": tag}
        with _Streams(*streams) as opened:
            return self._request_fork(request, opened)

    def _request_fork(self, request: Mapping[str, object], opened: _Streams) -> Forked | None:
        import json
        import socket

        report, theirs = os.pipe()
        body = json.dumps(request).encode()
        try:
            with self._lock:
                head = len(body).to_bytes(LENGTH_BYTES, "big")
                socket.send_fds(self._channel, [head], [*opened.given, theirs])
                self._channel.sendall(body)
        except OSError:
            os.close(report)
            self._useless = True
            return None
        finally:
            os.close(theirs)
        try:
            answer = self.read_report(report)
        except HostError:
            os.close(report)
            raise
        if not answer:
            os.close(report)
            self._useless = True
            return None
        pid = int(answer)
        if pid < 0:
            os.close(report)
            raise OSError(-pid, os.strerror(-pid))
        return Forked(pid, report, self, *opened.detach())

    # --- the state of the server -------------------------------------------------------------

    def read_report(self, report: int) -> bytes:
        """Read a number and its line end; empty if the server was killed.

        Raises:
            HostError: the server was stopped.
        """
        while not _readable(report, _LOOK_SECONDS):
            self.check()
        return _read_line(report)

    def check(self) -> None:
        """Check that the server was not stopped.

        Raises:
            HostError: it was, and was killed now. Programs are started as new processes from now
                on.
        """
        assert self._process is not None
        if platform.process_state(self._process.pid) != _STOPPED:
            self._stopped_since = 0.0
        elif not self._stopped_since:
            # When all processes are stopped and continued together, it may be a moment late.
            self._stopped_since = time.monotonic()
        elif time.monotonic() - self._stopped_since >= _LOOK_SECONDS:
            self.close()
            raise HostError(_LOST.format("was stopped"))

    def _load(self, env: Mapping[str, str], tag: int) -> bool:
        """Start the server; return whether it has the entry point loaded and can fork."""
        import socket

        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_ANSWER_SECONDS)
        self._variables = _of_interpreter(env)
        # The server outlives the script, but not the run.
        run = process_tags.tag_of_run(process_tags.run_of_tag(tag))
        with theirs, process_tags.Inherited(run):
            self._process = subprocess.Popen(
                [*self.plain(["--serve"]), str(theirs.fileno())],
                env=env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            loaded = self._channel.recv(len(READY)) == READY
        except OSError:
            loaded = False
        if not loaded:
            self._end()
        return loaded

    def close(self) -> None:
        """End the server; its children have ended."""
        with self._lock:
            self._useless = True
            if self._process is not None and self._process.returncode is None:
                self._end()

    def _end(self) -> None:
        assert self._process is not None
        self._channel.close()
        self._process.kill()
        self._process.wait()


class _Streams:
    """The descriptors that a child gets, and our ends of its pipes."""

    def __init__(self, stdin: int, stdout: int, stderr: int) -> None:
        self._close: list[int] = []
        self._pipes: list[int | None] = []
        source = self._null() if stdin == subprocess.DEVNULL else stdin
        output = self._output(stdout)
        self.given = (
            source,
            output,
            self._output(output if stderr == subprocess.STDOUT else stderr),
        )

    def _null(self) -> int:
        self._close.append(os.open(os.devnull, os.O_RDWR))
        return self._close[-1]

    def _output(self, wanted: int) -> int:
        ours, theirs = None, wanted
        if wanted == subprocess.PIPE:
            ours, theirs = os.pipe()
            self._close.append(theirs)
        elif wanted == subprocess.DEVNULL:
            theirs = self._null()
        self._pipes.append(ours)
        return theirs

    def detach(self) -> list[IO[bytes] | None]:
        """Return our ends of stdout and stderr; they are the caller's from now on."""
        pipes, self._pipes = self._pipes, []
        return [None if pipe is None else open(pipe, "rb", 0) for pipe in pipes]

    def __enter__(self) -> _Streams:
        return self

    def __exit__(self, *problem: object) -> None:
        for descriptor in (*self._close, *self._pipes):
            if descriptor is not None:
                os.close(descriptor)


def _of_interpreter(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter reads when it starts."""
    return {name: value for name, value in env.items() if name.startswith("PYTHON")}


def _readable(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _read_line(descriptor: int) -> bytes:
    """Read a number and its line end, byte by byte: another number may follow. Empty at the end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            return b""
        line += byte
    return line
