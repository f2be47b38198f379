"""The command `scriptest new`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.cli.exit_codes import OK, USAGE, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from scriptest.authoring.pack import Packed


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add = parser.add_argument
    add("name", metavar="NAME", help="what it is called, without .txt; may have folders")
    add(
        "--from",
        dest="sources",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        help="files, or folders for all that is in them, which the script begins with",
    )
    add("-a", "--all", action="store_true", help="files whose names begin with a dot too")
    add(
        "--folder",
        default="testdata/script",
        metavar="DIR",
        help="where the scripts are (default: testdata/script); made if need be",
    )
    add("--settings", action="store_true", help="write a scriptest.yaml there, too, if none is")


def new(options: Namespace) -> int:
    """Write a script to begin with; return the exit status."""
    from scriptest.authoring import pack, place, template
    from scriptest.config import config

    title = os.path.splitext(os.path.basename(options.name))[0].replace("_", " ")
    try:
        path = place.place(options.name, options.folder)
        packed = _pack(options)
        data = template.script(title, packed.files, packed.lines)
        settings = os.path.join(options.folder, config.SETTINGS_FILE)
        if options.settings and not os.path.lexists(settings):
            place.write(settings, template.SETTINGS)
            print(f"wrote {settings}")
        place.write(path, data)
    except pack.PackError as error:
        for problem in error.problems:
            complain(problem)
        return USAGE
    except place.PlaceError as error:
        return complain(str(error))
    print(f"wrote {path}\nrun it: scriptest run {_quoted(path)}")
    return OK


def _pack(options: Namespace) -> Packed:
    from scriptest.authoring import pack

    found = [
        source for path in options.sources for source in pack.sources(path, hidden=options.all)
    ]
    packed = pack.pack(found, quote=True)
    if len(packed.files) == 1 and packed.files[0].name == "scriptest.yaml":
        raise pack.PackError(
            ["scriptest.yaml: would be the script's header; take another file along"]
        )
    return packed


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)
