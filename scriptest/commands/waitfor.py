"""The command waitfor: waits for a port, a file, or a line that a job prints."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scriptest.base import numbers
from scriptest.base.errors import CheckFailed, Stop
from scriptest.commands.base import Call, Command, Flag
from scriptest.commands.match import captured, compiled
from scriptest.commands.programs import named_job, time_limit

if TYPE_CHECKING:
    from scriptest.process.capture import Capture
    from scriptest.sandbox.jobs import Running

_DEFAULT_LIMIT = 30.0
_POLL = 0.02
_TAIL = 2048


def _waitfor(call: Call) -> None:
    limit = _TimeLimit(call)
    what = call.args[0]
    if what == "port":
        port = _port(call)
        limit.wait_until(lambda: _is_listening(port), f"port {port} does not answer")
    elif what == "file":
        path = call.state.path(_single_argument(call))
        limit.wait_until(lambda: os.path.exists(path), f"{call.args[1]} does not exist")
    else:
        _wait_for_line(call, limit)


def _single_argument(call: Call) -> str:
    if len(call.args) != 2:
        raise call.usage(f"too many arguments; usage: {call.command.synopsis}")
    return call.args[1]


def _port(call: Call) -> int:
    text = _single_argument(call)
    port = numbers.read(text) or 0
    if not 0 < port < 65536:
        raise call.usage(f"{text} is not a port from 1 to 65535", 1)
    return port


def _is_listening(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


class _TimeLimit:
    """The time that a call may still wait."""

    def __init__(self, call: Call) -> None:
        limit = time_limit(call)
        self._call = call
        self._limit = _DEFAULT_LIMIT if limit is None else limit
        self._end = time.monotonic() + self._limit

    def check(self, problem: str) -> None:
        """Return if there is time left.

        Raises:
            ScriptError: the time is up.
            Stop: the run was interrupted.
        """
        state, now = self._call.state, time.monotonic()
        if state.jobs.interrupted:
            raise Stop("interrupted")
        if now > self._end:
            raise self._call.error(f"waitfor: {problem} after {self._limit:g}s")
        if state.limits.expired:
            raise self._call.error(f"waitfor: the script ran out of time; {problem}")

    def wait_until(self, holds: Callable[[], bool], problem: str) -> None:
        """Return once a condition holds."""
        while not holds():
            self.check(problem)
            time.sleep(_POLL)


class _Lines:
    """The complete lines of a stream, as they come."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._position = 0
        self._rest = b""

    def more(self, *, over: bool) -> Iterator[bytes]:
        """Yield the new lines; once the job is over, a last one without a line end too."""
        for chunk in self._capture.chunks(self._position):
            self._position += len(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            yield from lines
        if over and self._rest:
            rest, self._rest = self._rest, b""
            yield rest


def _wait_for_line(call: Call, limit: _TimeLimit) -> None:
    running = named_job(call).running
    pattern = compiled(call, 1)
    names = call.args[2:]
    if len(names) > max(1, pattern.group_count):
        have = pattern.group_count or "no"
        raise call.usage(f"{len(names)} names, but the pattern has {have} group(s)", 2)
    event = threading.Event()
    streams = (running.stdout, running.stderr)
    for stream in streams:
        stream.watch(event)
    try:
        groups = _first_match(call, limit, running, event)
    finally:
        for stream in streams:
            stream.unwatch(event)
    call.state.log.write(f"matched: {groups[0]}")
    for name, value in zip(names, groups[1:] or groups, strict=False):
        call.state.env[name] = value
        call.state.log.write(f"{name}={value}")


def _first_match(
    call: Call, limit: _TimeLimit, running: Running, event: threading.Event
) -> list[str]:
    """Return the first line of a job that matches, and the groups of the pattern."""
    name, pattern = call.args[0], compiled(call, 1)
    problem = f"{name} has printed no line that matches `{call.args[1]}`"
    readers = _Lines(running.stdout), _Lines(running.stderr)
    while True:
        event.clear()
        ended = running.wait(0)
        for reader in readers:
            for line in reader.more(over=ended is not None):
                groups = captured(pattern, line)
                if groups is not None:
                    return [line.decode("utf-8", "surrogateescape"), *groups[1:]]
        if ended is not None:
            message = f"{name} ended ({ended}) and printed no line that matches `{call.args[1]}`"
            raise CheckFailed(message, _tail(running), shown=_log_names(name))
        limit.check(problem)
        event.wait(_POLL)


def _log_names(job: str) -> tuple[str, ...]:
    return f"{job} stdout", f"{job} stderr"


def _tail(running: Running) -> str:
    parts = []
    for name, stream in (("stdout", running.stdout), ("stderr", running.stderr)):
        text = stream.excerpt(_TAIL).decode("utf-8", "surrogateescape")
        parts.append(f"its {name}:\n{text}" if text else f"its {name} is empty")
    return "\n".join(parts)


COMMANDS = (
    Command(
        "waitfor",
        _waitfor,
        "(port N | file F | job 'pattern' [NAME...])",
        "wait until a local port accepts connections, a file exists, or a background job prints "
        "a line",
        detail="A line counts once it is complete, on stdout or stderr, even if it was printed "
        "before `waitfor` ran. The groups of the pattern, or the whole match if it has none, are "
        "stored in the variables. The script fails if the job ends without such a line; running "
        "out of time is an error.",
        flags=(Flag("timeout", "5s", "wait no longer than this (default 30s)"),),
        least=2,
    ),
)
