"""The commands `scriptest vet` and `scriptest parse`, which read scripts without running them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from scriptest.base.errors import reason_of
from scriptest.cli import run_options
from scriptest.cli.exit_codes import FAILED, OK, complain, note

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from scriptest.vet.checker import Diagnostic


def add_vet_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of `vet`."""
    parser.add_argument(
        "--format",
        choices=("text", "editor", "json", "github"),
        default="text",
        help="the output format; editor: file:line:column: severity: message [rule]",
    )
    run_options.add_color(parser)
    run_options.add_suite_arguments(parser)
    run_options.add_variables(parser)


def vet(options: Namespace) -> int:
    """Print the mistakes in scripts, one per line; return 1 if there are any."""
    from scriptest.base.streams import style_of
    from scriptest.suite.suite import SuiteError
    from scriptest.vet.checker import check
    from scriptest.vet.formats import FORMATS, colored_text

    try:
        scripts = run_options.find_scripts(options)
        given = run_options.variables(options.env)
    except (ValueError, SuiteError) as error:
        return complain(str(error))
    if not scripts:
        return OK if options.allow_empty else complain(run_options.no_scripts_message(options))
    for message in run_options.settings_notes(options, scripts):
        note(message)
    found: dict[Diagnostic, None] = {}
    expensive = ""
    for script in scripts:
        if script.file == expensive:
            continue
        try:
            # Variants of a matrix usually have the same mistakes.
            new = check(script._replace(env=given))
            found |= dict.fromkeys(new)
            if any(each.rule == "limit" for each in new):
                # The other variants would take as long.
                expensive = script.file
        except OSError as error:
            return complain(f"{script.name}: {reason_of(error)}")
    colour = style_of(sys.stdout, os.environ, options.color).colour
    form = colored_text if colour and options.format == "text" else FORMATS[options.format]
    _print(form(list(found)))
    return FAILED if found else OK


def add_parse_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of `parse`."""
    parser.add_argument("file", metavar="FILE", help="a script; - for standard input")
    parser.add_argument("--json", action="store_true", help="print JSON (the only format)")


def parse(options: Namespace) -> int:
    """Print a script's parse tree as JSON; return 1 if the script has syntax errors."""
    import json

    from scriptest.language.parse_tree import tree

    try:
        if options.file == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(options.file, "rb") as file:
                data = file.read()
    except OSError as error:
        return complain(f"{options.file}: {reason_of(error)}")
    found = tree(data, "<stdin>" if options.file == "-" else options.file)
    # ASCII only, so that lone surrogates, which stand for invalid UTF-8, are preserved.
    _print(json.dumps(found, indent=1) + "\n")
    return FAILED if found["errors"] else OK


def _print(text: str) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
