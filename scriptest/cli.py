"""The command line: `scriptest run`, and what else there is."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING

from scriptest import __version__
from scriptest.actions import checkcommands, helpcommand, runarguments, runcommand, writingcommands
from scriptest.errors import reason_of
from scriptest.exitcodes import FAILED, INTERRUPTED, OK, complain

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def main(argv: list[str] | None = None) -> int:
    """Run the program `scriptest`.

    Args:
        argv: its arguments; those of the process by default.

    Returns:
        The exit status: 0 all passed or skipped, 1 something failed, 2 wrong usage or
        configuration, 3 internal error, 130 interrupted.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"scriptest {__version__}")
        return OK
    if sys.stdout is None:
        # Started with a closed standard output: whoever did that reads nothing.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        status = _act(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _print_no_more()
        return FAILED
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _print_no_more()
        return complain(f"the output cannot be written: {reason_of(error)}")
    return status


def _act(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    options.arguments = arguments[1:]
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        # Whoever started us under nohup wants no hang-up to end us.
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_interrupt)
    status: int = options.action(options)
    return status


def _print_no_more() -> None:
    """Throw away what is still to be printed, so that nothing complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _watch(options: Namespace) -> int:
    from scriptest.actions import watchcommand

    return watchcommand.watch(options)


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _options(arguments: Sequence[str]) -> Namespace:
    from scriptest.actions.commandline import Commands, Parser, read

    parser = Parser(prog="scriptest", description="Run txtar test scripts.")
    parser.add_argument("--version", action="version", version=f"scriptest {__version__}")
    commands = Commands(parser, arguments)
    commands.add(
        "run", "run scripts", "Run test scripts.", runcommand.run, runarguments.add_arguments
    )
    commands.add(
        "watch",
        "run scripts, again whenever a change concerns them",
        "Run test scripts, and run them again whenever a change concerns them.",
        _watch,
        runarguments.add_arguments,
    )
    commands.add(
        "vet",
        "look for mistakes in scripts",
        "Check scripts without running.",
        checkcommands.vet,
        checkcommands.add_vet_arguments,
    )
    commands.add(
        "parse",
        "print a script's parse tree",
        "Print a script's parse tree.",
        checkcommands.parse,
        checkcommands.add_parse_arguments,
    )
    commands.add(
        "help",
        "say what commands and conditions do",
        "Say what the commands and conditions of scripts do.",
        helpcommand.show,
        helpcommand.add_arguments,
    )
    writingcommands.add(commands)
    return read(parser, commands.choices, arguments)


if __name__ == "__main__":
    sys.exit(main())
