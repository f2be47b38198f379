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
    options = _options(arguments)
    options.arguments = arguments[1:]
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        # Whoever started us under nohup wants no hang-up to end us.
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_interrupt)
    if sys.stdout is None:
        # Started with a closed standard output: whoever did that reads nothing.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        status: int = options.action(options)
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


def _print_no_more() -> None:
    """Throw away what is still to be printed, so that nothing complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _watch(options: Namespace) -> int:
    from scriptest.actions import watchcommand

    return watchcommand.watch(options)


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _options(arguments: Sequence[str]) -> Namespace:
    from scriptest.actions.commandline import Parser, read

    parser = Parser(prog="scriptest", description="Run txtar test scripts.")
    parser.add_argument("--version", action="version", version=f"scriptest {__version__}")
    actions = parser.add_subparsers(metavar="command", required=True)
    run = actions.add_parser("run", help="run scripts", description="Run test scripts.")
    run.set_defaults(action=runcommand.run)
    runarguments.add_arguments(run)
    watch = actions.add_parser(
        "watch",
        help="run scripts, again whenever a change concerns them",
        description="Run test scripts, and run them again whenever a change concerns them.",
    )
    watch.set_defaults(action=_watch)
    runarguments.add_arguments(watch)
    vet = actions.add_parser(
        "vet", help="look for mistakes in scripts", description="Check scripts without running."
    )
    vet.set_defaults(action=checkcommands.vet)
    checkcommands.add_vet_arguments(vet)
    parse = actions.add_parser(
        "parse", help="print a script's parse tree", description="Print a script's parse tree."
    )
    parse.set_defaults(action=checkcommands.parse)
    checkcommands.add_parse_arguments(parse)
    about = actions.add_parser(
        "help",
        help="say what commands and conditions do",
        description="Say what the commands and conditions of scripts do.",
    )
    about.set_defaults(action=helpcommand.show)
    helpcommand.add_arguments(about)
    writingcommands.add(actions)
    return read(parser, actions.choices, arguments)


if __name__ == "__main__":
    sys.exit(main())
