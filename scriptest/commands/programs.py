"""Commands about programs: exec, stdin, status, wait, kill."""

from __future__ import annotations

from scriptest import duration, jobs, osdep
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.errors import CheckFailed
from scriptest.jobs import Job
from scriptest.process import Exit


def _exec(call: Call) -> Job:
    judge, limit = _judge(call), _limit(call)
    job = call.program(call.args, merge="merge" in call.flags)
    if judge is not None:
        job.judge = judge
    job.limit = limit
    return job


def _judge(call: Call) -> jobs.Judge | None:
    wanted = call.flags.get("status")
    if wanted is None:
        return None
    if call.negated:
        raise call.usage("-status says already what is wanted; leave the `!` out")
    return _status_check(call, wanted)


def _limit(call: Call) -> float | None:
    value = call.flags.get("timeout")
    if value is None:
        return None
    try:
        return duration.parse(value)
    except ValueError as error:
        raise call.usage(f"-timeout: {error}") from None


def _status_check(call: Call, wanted: str) -> jobs.Judge:
    number = osdep.signal_number(wanted) if not wanted.isdecimal() else None
    if number is None and not wanted.isdecimal():
        raise call.usage(f"{wanted} is neither an exit status nor a signal's name")

    def check(ended: Exit) -> None:
        good = ended.signal == number if number is not None else ended == Exit(int(wanted))
        if not good:
            name = f"signal {wanted}" if number is not None else f"exit status {wanted}"
            raise CheckFailed(f"{ended}, wanted {name}")

    return check


def _status(call: Call) -> None:
    last = call.state.last_exit
    if last is None:
        raise call.error("no program has run yet")
    _status_check(call, call.args[0])(last)


def _stdin(call: Call) -> None:
    call.state.stdin = call.read(0)


def _wait(call: Call) -> None:
    if call.args:
        jobs.collect(call.state, [_named(call)])
    else:
        jobs.collect(call.state, list(call.state.jobs))


def _named(call: Call) -> Job:
    name = call.args[0]
    for job in call.state.jobs:
        if job.name == name:
            return job
    raise call.usage(f"no background job is called {name}", 0)


def _kill(call: Call) -> None:
    name = next(iter(call.flags), "KILL")
    number = osdep.signal_number(name)
    if number is None:
        raise call.usage(f"this system has no signal {name}")
    targets = [_named(call)] if call.args else list(call.state.jobs)
    for job in targets:
        job.running.send(number)


_SIGNALS = ("INT", "TERM", "KILL", "HUP", "QUIT", "USR1", "USR2", "STOP", "CONT", "ABRT")

COMMANDS = (
    Command(
        "exec",
        _exec,
        "program [argument...] [&]",
        "run a program and wait for it",
        detail="Its output is in the stdout and stderr buffers afterwards. "
        "`!` wants it to fail; a program that is not found has failed too.",
        flags=(
            Flag("status", "N", "it ends with exactly this exit status, or by this signal"),
            Flag("timeout", "5s", "it takes no longer than this"),
            Flag("merge", help="its stderr goes where its stdout goes"),
        ),
        least=1,
        negation=Negation.INVERTED,
        background=True,
    ),
    Command(
        "stdin",
        _stdin,
        "file",
        "give the next program a file, or the last one's stdout, to read",
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
        "wait for background jobs and judge how they ended",
        detail="Their outputs, in the order they were started, are in the buffers afterwards.",
        most=1,
    ),
    Command(
        "kill",
        _kill,
        "[name]",
        "signal a background job's whole group, or all of them; KILL if no signal is given",
        flags=tuple(Flag(name, help=f"send SIG{name}") for name in _SIGNALS),
        most=1,
    ),
)
