"""The commands `scriptest archive` and `scriptest extract`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from scriptest.base.errors import reason_of
from scriptest.base.visible import visible
from scriptest.cli.exit_codes import OK, USAGE, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_archive_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of `archive`."""
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a file, or a folder with everything below it, named relative to the folder",
    )
    add("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")
    add("-f", "--force", action="store_true", help="replace an existing output file")
    add("-a", "--all", action="store_true", help="include files whose names begin with a dot")
    add(
        "--script",
        metavar="FILE",
        help="a script to put before the files; - for standard input",
    )
    add(
        "--quote",
        action="store_true",
        help="encode files that an archive cannot hold, and add script lines that decode them",
    )


def archive(options: Namespace) -> int:
    """Write an archive of files; return the exit status."""
    from scriptest.authoring import pack
    from scriptest.language import txtar

    try:
        found = [
            source
            for path in options.paths
            for source in pack.sources(path, strip=True, hidden=options.all)
        ]
        packed = pack.pack(found, quote=options.quote)
        script = _read(options.script) if options.script else b""
        lines = "".join(line + "\n" for line in packed.lines)
        comment = lines.encode("utf-8", "surrogateescape") + script
        if txtar.needs_quote(comment):
            return complain(f"{options.script}: contains a txtar marker line; quote the file first")
        data = txtar.format_archive(txtar.Archive(comment, tuple(packed.files)))
    except pack.PackError as error:
        return _complain_all(error.problems)
    except OSError as error:
        return complain(f"{error.filename}: {reason_of(error)}")
    return _write(options.output, data, options.force)


def _write(path: str | None, data: bytes, force: bool) -> int:
    if path is None or path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return OK
    if os.path.lexists(path) and not force:
        return complain(f"{path}: already exists; -f replaces it")
    from scriptest.base.files import write_file

    try:
        write_file(path, data)
    except OSError as error:
        return complain(f"{path}: {reason_of(error)}")
    return OK


def add_extract_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of `extract`."""
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="an archive; - for standard input (the default)",
    )
    add("-C", "--directory", default=".", metavar="DIR", help="target folder; created if necessary")
    add("-f", "--force", action="store_true", help="replace existing files")
    add("--list", action="store_true", help="print the names and write nothing")
    add(
        "--unquote",
        action="store_true",
        help="apply the lines that `archive --quote` added to the script",
    )


def extract(options: Namespace) -> int:
    """Write an archive's files; return the exit status."""
    from scriptest.authoring import unpack
    from scriptest.language import txtar

    try:
        found = txtar.parse(_read(options.file))
    except OSError as error:
        return complain(f"{options.file}: {reason_of(error)}")
    if options.list:
        names = "".join(file.name + "\n" for file in found.files)
        if sys.stdout.isatty():
            names = visible(names)
        return _write(None, names.encode("utf-8", "surrogateescape"), False)
    if not found.files:
        shown = "standard input" if options.file == "-" else options.file
        return complain(
            f"{shown}: contains no files; a file begins with a line such as `-- name --`"
        )
    try:
        found, later = unpack.apply_edits(found) if options.unquote else (found, [])
        unpack.unpack(found, options.directory, force=options.force)
        unpack.run_actions(options.directory, later)
    except unpack.UnpackError as error:
        return _complain_all(error.problems)
    return OK


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def _complain_all(problems: list[str]) -> int:
    for problem in problems:
        complain(problem)
    return USAGE
