"""Commands that control a script: cd, echo, env, skip, sleep, stop."""

from __future__ import annotations

import threading
import time

from scriptest.base import duration, regexp
from scriptest.base.errors import FileError, Skip, Stop
from scriptest.commands.base import Call, Command, Flag
from scriptest.process.capture import Capture
from scriptest.process.process import Exit
from scriptest.sandbox.jobs import Job


def _cd(call: Call) -> None:
    try:
        call.state.chdir(call.args[0])
    except FileError as error:
        raise FileError(f"cd: {error.message}", call.location(0)) from None


def _echo(call: Call) -> None:
    text = " ".join(call.args) + "\n"
    call.state.set_buffers(text.encode("utf-8", "surrogateescape"), b"")


def _env(call: Call) -> None:
    env, printed = call.state.env, []
    if "u" in call.flags:
        for name in call.args:
            env.pop(name, None)
        return
    if not call.args:
        printed = [f"{name}={value}" for name, value in env.items()]
    for index, item in enumerate(call.args):
        name, equals, value = item.partition("=")
        if not name:
            raise call.usage(f"`{item}` has no name before its `=`", index)
        if equals:
            env[name] = regexp.quote(value) if "r" in call.flags else value
        else:
            printed.append(f"{name}={env.get(name, '')}")
    if printed and call.state.dialect.env_prints:
        text = "\n".join(printed) + "\n"
        call.state.set_buffers(text.encode("utf-8", "surrogateescape"), b"")
    elif printed:
        call.state.log.write("\n".join(printed))


def _skip(call: Call) -> None:
    raise Skip(" ".join(call.args))


def _stop(call: Call) -> None:
    raise Stop(" ".join(call.args))


class _Pause:
    """A pause that ends early when it is signalled."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._wake = threading.Event()
        self._over = threading.Event()
        self._exit = Exit()
        self.stdout = Capture("")
        self.stderr = Capture("")
        self.shown: Capture | None = None
        self.left_pipes_open = False

    def run(self, deadline: float | None, grace: float) -> Exit:
        until = time.monotonic() + self._seconds
        end = until if deadline is None else min(until, deadline)
        if self._wake.wait(max(0.0, end - time.monotonic())):
            self._exit = Exit(-1, 2)
        elif end < until:
            self._exit = Exit(timed_out=True)
        self._over.set()
        return self._exit

    def run_in_background(self, deadline: float | None, grace: float) -> None:
        threading.Thread(target=self.run, args=(deadline, grace), daemon=True).start()

    def wait(self, seconds: float | None = None) -> Exit | None:
        return self._exit if self._over.wait(seconds) else None

    def send(self, number: int) -> bool:
        self._wake.set()
        return not self._over.is_set()

    def kill(self) -> None:
        self._wake.set()


def _sleep(call: Call) -> Job:
    try:
        seconds = duration.parse(call.args[0], bare_seconds=True)
    except ValueError as error:
        raise call.usage(str(error), 0) from None
    pause = _Pause(seconds)
    call.state.jobs.track(pause)
    job = Job(pause, f"sleep {call.args[0]}", call.location())
    job.keeps_buffers = True
    return job


COMMANDS = (
    Command("cd", _cd, "folder", "change the current folder", least=1, most=1),
    Command(
        "echo",
        _echo,
        "text...",
        "write text and a newline to the stdout buffer",
        free=True,
    ),
    Command(
        "env",
        _env,
        "[name[=value]...]",
        "set variables, or log the values of the named ones or of all",
        flags=(
            Flag("u", help="remove the variables instead"),
            Flag("r", help="quote the values, so that a pattern matches them literally"),
        ),
    ),
    Command(
        "skip",
        _skip,
        "[reason...]",
        "end the script here and count it as skipped",
        free=True,
    ),
    Command(
        "sleep",
        _sleep,
        "duration",
        "wait for a duration such as 100ms or 2s; a bare number means seconds",
        least=1,
        most=1,
        background=True,
    ),
    Command(
        "stop",
        _stop,
        "[reason...]",
        "end the script here and count it as passed",
        free=True,
    ),
)
