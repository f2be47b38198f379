"""The command `scriptest new`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.base.visible import visible
from scriptest.cli.exit_codes import OK, USAGE, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from scriptest.authoring.pack import Packed


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add = parser.add_argument
    add(
        "name",
        metavar="NAME",
        nargs="?",
        help="the name of the script, without .txt; a/b becomes a_b",
    )
    add(
        "--from",
        dest="sources",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        help="files and folders to include in the script",
    )
    add("-a", "--all", action="store_true", help="include files whose names begin with a dot")
    add(
        "--folder",
        default="testdata/script",
        metavar="DIR",
        help="the folder of scripts; created if necessary (default: testdata/script)",
    )
    add(
        "--settings",
        action="store_true",
        help="also write a scriptest.yaml and its JSON Schema, unless one exists; without NAME, "
        "write nothing else",
    )


def new(options: Namespace) -> int:
    """Write a new script; return the exit status."""
    from shlex import quote

    from scriptest.authoring import pack, place, template

    if options.name is None:
        return _new_settings(options)
    title = os.path.splitext(os.path.basename(options.name))[0].replace("_", " ")
    try:
        path = place.script_path(options.name, options.folder)
        packed = _pack(options)
        data = template.script(title, packed.files, packed.lines)
        if options.settings and not os.path.lexists(_settings_file(options)):
            _write_settings(options)
        place.write(path, data)
    except pack.PackError as error:
        for problem in error.problems:
            complain(problem)
        return USAGE
    except place.PlaceError as error:
        return complain(str(error))
    print(visible(f"wrote {path}\nrun it: scriptest run {quote(path)}"))
    return OK


def _new_settings(options: Namespace) -> int:
    """Write only the settings; return the exit status."""
    from scriptest.authoring import place

    if not options.settings:
        return complain("name the script, such as `scriptest new first`")
    if options.sources:
        return complain(
            "--from is for a script: name it, such as `scriptest new first --from PATH`"
        )
    file = _settings_file(options)
    if os.path.lexists(file):
        return complain(f"{file}: already exists")
    try:
        _write_settings(options)
    except place.PlaceError as error:
        return complain(str(error))
    return OK


def _settings_file(options: Namespace) -> str:
    from scriptest.config import config

    return os.path.join(options.folder, config.SETTINGS_FILE)


def _write_settings(options: Namespace) -> None:
    """Write the settings and their schema.

    Raises:
        PlaceError: a file cannot be written.
    """
    from scriptest.authoring import place, template

    file = _settings_file(options)
    place.write(file, template.SETTINGS)
    place.write(os.path.join(options.folder, template.SCHEMA_FILE), template.schema())
    print(visible(f"wrote {file}"))


def _pack(options: Namespace) -> Packed:
    from scriptest.authoring import pack

    found = [
        source for path in options.sources for source in pack.sources(path, hidden=options.all)
    ]
    packed = pack.pack(found, quote=True)
    if len(packed.files) == 1 and packed.files[0].name == "scriptest.yaml":
        raise pack.PackError(
            ["scriptest.yaml: as the only file, it would be the script's header; add another file"]
        )
    return packed
