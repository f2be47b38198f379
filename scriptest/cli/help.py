"""The command `scriptest help`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scriptest.base.errors import ScriptError, reason_of
from scriptest.base.visible import visible
from scriptest.cli.exit_codes import OK, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from scriptest.engine.vocabulary import Vocabulary


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add = parser.add_argument
    add("-v", "--verbose", action="store_true", help="print the full help of everything")
    add(
        "--config",
        default="",
        metavar="PATH",
        help="a settings file, or its folder, whose commands are included "
        "(default: testdata/script)",
    )
    add(
        "--editors",
        metavar="DIR",
        help="write editor support to a folder: grammars, a problem matcher",
    )
    add(
        "topics",
        nargs="*",
        metavar="TOPIC",
        help="a command, or a condition in brackets (default: all)",
    )


def show(options: Namespace) -> int:
    """Print the help of commands and conditions; return the exit status."""
    from scriptest.engine.help import overview, topic
    from scriptest.suite import suite

    try:
        vocabulary = suite.Finder(options.config).suite(suite.FOLDER).vocabulary
        if options.editors is not None:
            return _write_editors(options.editors, vocabulary)
        if options.topics:
            text = "\n".join(topic(vocabulary, name) for name in options.topics)
        else:
            text = overview(vocabulary, full=options.verbose)
    except (ScriptError, suite.SuiteError) as error:
        return complain(str(error))
    sys.stdout.write(visible(text))
    return OK


def _write_editors(folder: str, vocabulary: Vocabulary) -> int:
    from scriptest.editors import files

    found = files.files(vocabulary)
    try:
        files.write(folder, found)
    except OSError as error:
        return complain(f"{error.filename or folder}: {reason_of(error)}")
    for name in found:
        print(visible(f"wrote {folder}/{name}"))
    return OK
