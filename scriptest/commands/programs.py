"""Commands about programs: exec, stdin, status, wait, kill."""

from __future__ import annotations

import os
from contextlib import ExitStack

from scriptest.base import duration, platform, regular_files
from scriptest.base.errors import CheckFailed, check_host, reason_of
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.process.process import Redirects
from scriptest.sandbox.buffers import BUFFERS
from scriptest.sandbox.jobs import ExitCheck, Job, exit_check


def _exec(call: Call) -> Job:
    check_exit, limit = _wanted_exit(call), time_limit(call)
    with ExitStack() as opened:
        job = call.program(call.args, redirects=_redirects(call, opened))
    if check_exit is not None:
        job.check_exit = check_exit
    job.limit = limit
    return job


def _redirects(call: Call, opened: ExitStack) -> Redirects:
    """Open the files of `-in`, `-out` and `-err`.

    Raises:
        ScriptError: one cannot be opened, or one to write is outside the work folder.
    """
    source = output = errors = -1
    if "in" in call.flags:
        source = _open_redirect(call, "in", opened)
    if "out" in call.flags:
        output = _open_redirect(call, "out", opened)
    if "err" in call.flags:
        if "merge" in call.flags:
            raise call.usage("-merge and -err exclude each other")
        same = call.flags.get("out") == call.flags["err"]
        errors = output if same else _open_redirect(call, "err", opened)
    return Redirects(source, output, errors, "merge" in call.flags)


def _open_redirect(call: Call, flag: str, opened: ExitStack) -> int:
    name = call.flags[flag]
    try:
        if flag != "in":
            descriptor = call.state.files.open_to_write(call.state.path(name), name)
        elif name in BUFFERS:
            call.state.next_input.stdin = call.state.buffer(name)
            return -1
        else:
            descriptor = regular_files.open_file(call.state.path(name))
    except OSError as error:
        check_host(error)
        raise call.usage(f"-{flag}={name}: {reason_of(error)}") from None
    except CheckFailed as error:
        raise call.usage(f"-{flag}: {error}") from None
    opened.callback(os.close, descriptor)
    if platform.POSIX:
        os.set_blocking(descriptor, True)
    return descriptor


def _wanted_exit(call: Call) -> ExitCheck | None:
    wanted = call.flags.get("status")
    if wanted is None:
        return None
    if call.negated:
        raise call.usage("-status already says how it must end; remove the `!`")
    return _status_check(call, wanted)


def time_limit(call: Call) -> float | None:
    """Return the seconds that the flag -timeout allows; None if it is not there.

    Raises:
        UsageError: it is not a duration.
    """
    value = call.flags.get("timeout")
    if value is None:
        return None
    try:
        return duration.parse(value)
    except ValueError as error:
        raise call.usage(f"-timeout: {error}") from None


def _status_check(call: Call, wanted: str) -> ExitCheck:
    try:
        return exit_check(wanted)
    except ValueError as error:
        raise call.usage(str(error)) from None


def _status(call: Call) -> None:
    last = call.state.jobs.last_exit
    if last is None:
        raise call.error("no program has run yet")
    _status_check(call, call.args[0])(last)


def _stdin(call: Call) -> None:
    if call.state.next_input.types_stdin:
        raise call.usage("`ttyin -stdin` has already given the next program its input")
    call.state.next_input.stdin = call.read(0)


def _wait(call: Call) -> None:
    chosen = [named_job(call)] if call.args else list(call.state.jobs.background)
    call.state.jobs.collect(chosen)


def named_job(call: Call, argument: int = 0) -> Job:
    """Return the background job that an argument names.

    Raises:
        UsageError: no job has that name; the message lists those that have one.
    """
    name = call.args[argument]
    job = call.state.jobs.named(name)
    if job is None:
        known = [other.name for other in call.state.jobs.background if other.name]
        hint = f"; there are {', '.join(known)}" if known else ""
        raise call.usage(f"no background job is called {name}{hint}", argument)
    return job


def _kill(call: Call) -> None:
    names, number = list(call.args), platform.KILL_SIGNAL
    if names and names[0].startswith("-"):
        number = _signal(call, names.pop(0)[1:])
    if len(names) > 1:
        raise call.usage(f"too many arguments; usage: {call.command.synopsis}")
    if names and call.state.jobs.is_over(names[0]):
        call.state.log.write("[already over]")
        return
    targets = [named_job(call, len(call.args) - 1)] if names else list(call.state.jobs.background)
    for job in targets:
        if not job.running.send(number):
            call.state.log.write(f"[{job.text}: already over]")


def _signal(call: Call, name: str) -> int:
    number = platform.signal_number(name)
    if number is None:
        raise call.usage(f"this system has no signal {name}", 0)
    return number


COMMANDS = (
    Command(
        "exec",
        _exec,
        "program [argument...] [&]",
        "run a program and wait for it",
        detail="Its output is in the stdout and stderr buffers afterwards. "
        "A program that is not found counts as failed.",
        flags=(
            Flag("status", "N", "require exactly this exit status, or death by this signal"),
            Flag("timeout", "5s", "fail if it takes longer than this"),
            Flag("merge", help="send its stderr to the same place as its stdout"),
            Flag("in", "file", "give it this file as standard input, or `stdout`: the last output"),
            Flag("out", "file", "write its stdout to this file instead of the buffer"),
            Flag("err", "file", "write its stderr to this file instead of the buffer"),
        ),
        least=1,
        negation=Negation.INVERTED,
        background=True,
    ),
    Command(
        "stdin",
        _stdin,
        "file",
        "use a file, or the last program's stdout, as the next program's standard input",
        least=1,
        most=1,
    ),
    Command(
        "status",
        _status,
        "N",
        "check the exit status of the last program, or the signal that ended it",
        least=1,
        most=1,
        negation=Negation.INVERTED,
    ),
    Command(
        "wait",
        _wait,
        "[name]",
        "wait for background jobs and check how they ended",
        detail="Their outputs are in the buffers afterwards, in the order the jobs were started.",
        most=1,
    ),
    Command(
        "kill",
        _kill,
        "[-SIGNAL] [name]",
        "send a signal to a background job, or to all of them; the default is KILL",
        detail="The signal goes to the job's whole process group. Any signal of the system can be "
        "given, as -TERM, -SIGTERM or -15. It is not an error if the job has already ended.",
        most=2,
        free=True,
    ),
)
