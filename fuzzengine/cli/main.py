"""The command line of fuzzengine: `fuzzengine test ...`, `corpus ...`, `clean ...`."""

from __future__ import annotations

import sys

from scriptest.base import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_HELP = """\
fuzzengine runs tests and fuzz tests of Python packages, as Go's tools do.

Usage:

    fuzzengine test [flags] [folders or test files]
    fuzzengine corpus <command> [flags] [files or folders]
    fuzzengine clean [-cache] [-fuzzcache]

Run 'fuzzengine help <command>', or the command with -h, for its flags.
"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(program.run("fuzzengine", lambda: _dispatch(given), not_written=1))


def _dispatch(given: list[str]) -> int:
    command = given[0] if given else ""
    if command == "test":
        from fuzzengine.cli.test import run

        return run(given[1:])
    if command == "corpus":
        from fuzzengine.cli import corpus as corpus_command

        return corpus_command.run(given[1:])
    if command == "clean":
        from fuzzengine.cli import clean

        return clean.run(given[1:])
    if command in ("-version", "--version", "version"):
        from fuzzengine import __version__

        sys.stdout.write(f"fuzzengine {__version__}\n")
        return 0
    if command in ("", "help", "-h", "-help", "--help"):
        if given[1:] == ["test"]:
            from fuzzengine.cli.test import help_text

            sys.stdout.write(help_text())
        elif given[1:] == ["clean"]:
            from fuzzengine.cli import clean

            sys.stdout.write(clean.help_text())
        elif given[1:2] == ["corpus"]:
            from fuzzengine.cli import corpus as corpus_command

            return corpus_command.run(["help", *given[2:]])
        elif given[1:2]:
            return _unknown(given[1])
        else:
            sys.stdout.write(_HELP)
        return 0 if command else 2
    return _unknown(command)


def _unknown(command: str) -> int:
    from fuzzengine.program.flags import did_you_mean

    near = did_you_mean(command, ("test", "corpus", "clean", "help"))
    sys.stderr.write(
        f"fuzzengine {command}: unknown command{near}\nRun 'fuzzengine help' for usage.\n"
    )
    return 2
