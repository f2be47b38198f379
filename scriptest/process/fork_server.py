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
from collections.abc import Mapping, Sequence
from typing import IO

from scriptest.base.platform import POSIX
from scriptest.process.entry_point import LENGTH_BYTES, READY

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entry_point.py")
_LOADING_SECONDS = 60.0
_MEASURED = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


class Forked:
    """A running child of the fork server, with the interface of `subprocess.Popen`.

    Attributes:
        pid: the process's; it leads a session of its own.
        stdout: where its output can be read, None if it goes elsewhere.
        stderr: the same for its complaints.
        returncode: its exit status, or the negative number of the signal that ended it; None
            before `wait`.
        report: a descriptor that is readable when it has ended.
    """

    def __init__(
        self, pid: int, report: int, stdout: IO[bytes] | None, stderr: IO[bytes] | None
    ) -> None:
        """Take over a child and the pipes to it."""
        self.pid = pid
        self.report = report
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status if it has ended."""
        if self.returncode is None and select.select([self.report], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status.

        Raises:
            subprocess.TimeoutExpired: it did not end in time, given in seconds.
        """
        if self.returncode is None:
            if not select.select([self.report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired([], timeout or 0.0)
            text = _read_line(self.report)
            os.close(self.report)
            # Without an answer the server was killed, and most likely its children too.
            self.returncode = int(text) if text else -9
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
    ) -> Forked | None:
        """Fork a child that runs the entry point.

        Args:
            argv: what it is called, and its arguments.
            cwd: its working folder.
            env: its whole environment.
            streams: what it reads from and writes to, as `subprocess.Popen` takes them.

        Returns:
            None where it must be a new process.

        Raises:
            OSError: there are no descriptors left.
        """
        if self._useless or any(name in env for name in _MEASURED):
            return None
        with self._lock:
            if self._process is None:
                self._useless = not self._load(env)
            if self._useless or _of_interpreter(env) != self._variables:
                return None
        with _Streams(*streams) as opened:
            return self._request_fork(argv, cwd, env, opened)

    def _request_fork(
        self, argv: Sequence[str], cwd: str, env: Mapping[str, str], opened: _Streams
    ) -> Forked | None:
        import json
        import socket

        report, theirs = os.pipe()
        body = json.dumps({"argv": list(argv), "cwd": cwd, "env": dict(env)}).encode()
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
        pid = _read_line(report)
        if not pid:
            os.close(report)
            self._useless = True
            return None
        return Forked(int(pid), report, *opened.detach())

    def _load(self, env: Mapping[str, str]) -> bool:
        """Start the server; return whether it has the entry point loaded and can fork."""
        import socket

        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_LOADING_SECONDS)
        self._variables = _of_interpreter(env)
        with theirs:
            self._process = subprocess.Popen(
                [*self.plain(["--serve"]), str(theirs.fileno())],
                # WORK is among them, by which the cleanup watchdog finds this process.
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
        self._channel.settimeout(None)
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


def _read_line(descriptor: int) -> bytes:
    """Read a number and its line end, byte by byte: another number may follow. Empty at the end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            return b""
        line += byte
    return line
