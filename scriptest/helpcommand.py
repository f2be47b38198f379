"""The action `scriptest help`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scriptest.errors import ScriptError
from scriptest.exitcodes import OK, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the action's arguments to its parser."""
    add = parser.add_argument
    add("-v", "--verbose", action="store_true", help="say everything there is")
    add(
        "--config",
        default="",
        metavar="PATH",
        help="a settings file, or the folder of one, whose own commands count too "
        "(default: testdata/script)",
    )
    add(
        "topics",
        nargs="*",
        metavar="TOPIC",
        help="a command, or a condition in brackets; all of them if none is given",
    )


def show(options: Namespace) -> int:
    """Print what commands and conditions do; return the exit status."""
    from scriptest import reference, suite

    try:
        vocabulary = suite.Finder(options.config).suite("testdata/script").vocabulary
        if options.topics:
            text = "\n".join(reference.topic(vocabulary, name) for name in options.topics)
        else:
            text = reference.overview(vocabulary, full=options.verbose)
    except (ScriptError, suite.SuiteError) as error:
        return complain(str(error))
    sys.stdout.write(text)
    return OK
