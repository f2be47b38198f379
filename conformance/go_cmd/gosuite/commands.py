"""The commands `go`, `cc` and `stale` of scripts in the Go tree."""

from __future__ import annotations

from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Negation
from scriptest.sandbox.jobs import Job

from . import session, toolchain

_STALE = (
    "{{if .Error}}{{.ImportPath}}: {{.Error.Err}}"
    "{{else if not .Stale}}{{.ImportPath}} ({{.Target}}) is not stale{{end}}"
)


def _go(call: Call) -> Job:
    return call.program(["go", *call.args], executable=session.of(call.state).go)


def _plain_go(call: Call) -> Job:
    return call.program(["go", *call.args], executable=toolchain.find().program)


def _cc(call: Call) -> Job:
    words = toolchain.find().env["CC"].split()
    flags = ["-I", ".", "-fPIC", "-pthread", "-fmessage-length=0"]
    return call.program([*words, *flags, *call.args])


def _stale(call: Call) -> None:
    """Fail for the first target that need not be built again."""
    state = call.state
    argv = ["go", "list", "-e", f"-f={_STALE}", *call.args]
    job = call.program(argv, executable=session.of(call.state).go)
    ended = job.running.run(state.limits.deadline, state.limits.grace)
    state.log.output("stderr", job.running.stderr.read())
    if ended.timed_out:
        raise call.error("go list: ran out of time")
    if not ended.ok:
        raise CheckFailed(f"go list: {ended}")
    found = job.running.stdout.read().decode("utf-8", "replace").strip()
    if found:
        raise CheckFailed(found)


def _program(name: str, run: object, summary: str) -> Command:
    return Command(
        name,
        run,  # type: ignore[arg-type]
        "[argument...]",
        summary,
        free=True,
        negation=Negation.INVERTED,
        background=True,
    )


GO = _program("go", _go, "run the go command that the tests of cmd/go build for themselves")
PLAIN_GO = _program("go", _plain_go, "run the installed go command")
CC = _program("cc", _cc, "run the C compiler with the flags that cgo gives it")
STALE = Command(
    "stale",
    _stale,
    "target...",
    "check that packages or commands would be built again",
    least=1,
    negation=Negation.INVERTED,
)
