"""The command `scriptest completion`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scriptest.base.completion import SHELLS, completion_script
from scriptest.cli.exit_codes import OK

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that the script is for")


def completion(options: Namespace) -> int:
    """Print the script that completes the program's command line; return the exit status."""
    from scriptest.cli.main import whole_parser

    sys.stdout.write(completion_script(whole_parser(), options.shell))
    return OK
