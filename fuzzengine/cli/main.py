"""The command line of fuzzengine: `fuzzengine test ...`, `run`, `cover`, `corpus` and others."""

from __future__ import annotations

import gc
import sys

from fuzzengine.base.errors import EXIT_STATUS, CannotRun
from scriptest.base import interrupts, program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_COMMANDS = ("test", "run", "cover", "corpus", "clean", "env", "completion")
_HELP = """\
fuzzengine runs tests and fuzz tests of Python packages, as Go's tools do.

Usage:

    fuzzengine test [flags] [folders or test files]
    fuzzengine run harness.py [libFuzzer flags] [corpus folders or inputs]
    fuzzengine cover [flags] [folder]
    fuzzengine corpus <command> [flags] [files or folders]
    fuzzengine clean [-cache] [-fuzzcache]
    fuzzengine env [-json] [folder]
    fuzzengine completion bash|zsh|fish

Run 'fuzzengine help <command>', or the command with -h, for its flags.
"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit status.

    Args:
        arguments: by default those of the process, which is then the program's own.
    """
    if arguments is None:
        status = interrupts.run(lambda: _guarded(sys.argv[1:]))
        # The exit need not look for garbage.
        gc.freeze()
        sys.exit(status)
    sys.exit(_guarded(arguments))


def _guarded(arguments: Sequence[str]) -> int:
    given = list(arguments)
    return program.run("fuzzengine", lambda: _dispatch_or_complain(given), not_written=EXIT_STATUS)


def _dispatch_or_complain(given: list[str]) -> int:
    try:
        return _dispatch(given)
    except CannotRun as error:
        sys.stdout.flush()
        sys.stderr.write(f"fuzzengine: {error}\n")
        return EXIT_STATUS


def _dispatch(given: list[str]) -> int:
    command, rest = (given[0], given[1:]) if given else ("", [])
    if command in ("-version", "--version", "version"):
        from fuzzengine import __version__

        sys.stdout.write(f"fuzzengine {__version__}\n")
        return 0
    if command in ("", "help", "-h", "-help", "--help"):
        if rest:
            return _run(rest[0], ["-h", *rest[1:]])
        sys.stdout.write(_HELP)
        return 0 if command else 2
    return _run(command, rest)


def _run(command: str, arguments: list[str]) -> int:
    if command == "test":
        from fuzzengine.cli import test

        return test.run(arguments)
    if command == "run":
        from fuzzengine.cli import run

        return run.run(arguments)
    if command == "cover":
        from fuzzengine.cli import cover

        return cover.run(arguments)
    if command == "corpus":
        from fuzzengine.cli import corpus

        return corpus.run(arguments)
    if command == "clean":
        from fuzzengine.cli import clean

        return clean.run(arguments)
    if command == "env":
        from fuzzengine.cli import env

        return env.run(arguments)
    if command == "completion":
        from fuzzengine.cli import completion

        return completion.run(arguments)
    from fuzzengine.program.flags import did_you_mean

    near = did_you_mean(command, (*_COMMANDS, "help"))
    sys.stderr.write(
        f"fuzzengine {command}: unknown command{near}\nRun 'fuzzengine help' for usage.\n"
    )
    return 2
