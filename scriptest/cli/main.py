"""The entry point of the program, and the table of its commands."""

from __future__ import annotations

import gc
import sys

from scriptest import __version__
from scriptest.base import interrupts, program
from scriptest.cli.exit_codes import OK, USAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from scriptest.cli.parser import Parser

COMMANDS = (
    (
        "run",
        "run scripts",
        "Run test scripts.",
        "run:run",
        "run_options:add_arguments",
    ),
    (
        "watch",
        "run scripts, and rerun those that a change affects",
        "Run test scripts, and rerun those that a change affects.",
        "watch:watch",
        "run_options:add_arguments",
    ),
    (
        "merge",
        "make one report of several",
        "Make one report of the reports of several runs, such as those of all shards.",
        "merge:merge",
        "merge:add_arguments",
    ),
    (
        "vet",
        "check scripts for mistakes",
        "Check scripts for mistakes without running them.",
        "vet:vet",
        "vet:add_vet_arguments",
    ),
    (
        "parse",
        "print the parse tree of a script",
        "Print the parse tree of a script.",
        "vet:parse",
        "vet:add_parse_arguments",
    ),
    (
        "help",
        "describe commands and conditions",
        "Describe the commands and conditions of scripts.",
        "help:show",
        "help:add_arguments",
    ),
    (
        "new",
        "create a script",
        "Create a small script as a starting point.",
        "new:new",
        "new:add_arguments",
    ),
    (
        "record",
        "write a script from a real run",
        "Run a program in a sandbox, and write a script that expects the same behavior.",
        "record:record",
        "record:add_arguments",
    ),
    (
        "archive",
        "pack files into an archive",
        "Pack files into a txtar archive, byte for byte.",
        "archive:archive",
        "archive:add_archive_arguments",
    ),
    (
        "extract",
        "unpack the files of an archive",
        "Unpack the files of a txtar archive.",
        "archive:extract",
        "archive:add_extract_arguments",
    ),
    (
        "completion",
        "print a script for the completion of a shell",
        "Print a script that completes the command line of scriptest in a shell.",
        "completion:completion",
        "completion:add_arguments",
    ),
)
"""Arguments of `Subcommand`, for each command."""

_GC_THRESHOLD = 20_000
"""New container objects that trigger a garbage collection (default: 700 or 2000)."""

_SWITCH_INTERVAL = 0.0005
"""Seconds until a thread must yield; in the default of 5 ms, a whole script can end."""


def main(argv: list[str] | None = None) -> int:
    """Run the program `scriptest`.

    Args:
        argv: its arguments; by default those of the process, which then exits afterwards.

    Returns:
        The exit status: 0 all passed or skipped, 1 something failed, 2 wrong usage or
        configuration, 3 internal error, 130 interrupted.
    """
    if argv is not None:
        return _guarded(argv)
    # Nearly all objects live until the exit, when the system frees them at once: collections
    # would take a tenth of a short run.
    gc.set_threshold(_GC_THRESHOLD)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    status = interrupts.run(lambda: _guarded(sys.argv[1:]))
    gc.freeze()
    return status


def _guarded(arguments: Sequence[str]) -> int:
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"scriptest {__version__}")
        return OK
    return program.run("scriptest", lambda: _run_command(arguments), not_written=USAGE)


def _run_command(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    options.arguments = arguments[1:]
    status: int = options.action(options)
    return status


def _options(arguments: Sequence[str]) -> Namespace:
    from scriptest.cli.parser import Subcommand, read

    return read(_parser(), [Subcommand(*row) for row in COMMANDS], arguments)


def _parser() -> Parser:
    """Return the parser of the program's own options."""
    from scriptest.cli.parser import Parser

    parser = Parser(prog="scriptest", description="Run txtar test scripts.")
    parser.add_argument("--version", action="version", version=f"scriptest {__version__}")
    return parser


def whole_parser() -> Parser:
    """Return the parser of all commands, which a run does not need."""
    from scriptest.cli.parser import Subcommand

    parser = _parser()
    commands = parser.add_subparsers(metavar="command")
    for row in COMMANDS:
        command = Subcommand(*row)
        command.declare(commands.add_parser(command.name, help=command.about))
    return parser


if __name__ == "__main__":
    sys.exit(main())
