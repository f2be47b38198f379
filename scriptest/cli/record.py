"""The command `scriptest record`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scriptest.base.visible import visible
from scriptest.cli.exit_codes import FAILED, OK, USAGE, complain, note

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add = parser.add_argument
    add(
        "command",
        nargs="*",
        metavar="-- COMMAND",
        help="a program and its arguments; without it, read script lines one at a time",
    )
    add("-o", "--output", metavar="NAME", help="write a script of this name instead of printing it")
    add("-f", "--force", action="store_true", help="replace an existing script")
    add(
        "--folder",
        default="testdata/script",
        metavar="DIR",
        help="the folder of scripts and settings (default: testdata/script)",
    )
    add("--config", default="", metavar="PATH", help="another settings file, or its folder")
    add(
        "--file",
        dest="files",
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder that the program needs; may be repeated",
    )
    add(
        "--no-detect",
        dest="detect",
        action="store_false",
        help="do not include the files named in arguments",
    )
    add(
        "--stdin", metavar="FILE", help="the standard input of the program; - for that of scriptest"
    )
    add(
        "--tty",
        action="store_true",
        help="record a session with COMMAND at this terminal",
    )
    add("--timeout", metavar="10m", help="time limit for one run")


def record(options: Namespace) -> int:
    """Record a script; return the exit status."""
    from scriptest.authoring.pack import PackError
    from scriptest.authoring.place import PlaceError
    from scriptest.authoring.probe import UnrecordableError
    from scriptest.authoring.record import RecordError
    from scriptest.suite.suite import SuiteError

    try:
        return _record(options)
    except PackError as error:
        for problem in error.problems:
            complain(problem)
        return USAGE
    except RecordError as error:
        complain(str(error))
        return FAILED
    except (PlaceError, UnrecordableError, SuiteError, ValueError) as error:
        return complain(str(error))


def _record(options: Namespace) -> int:
    from shlex import quote

    from scriptest.authoring import place
    from scriptest.authoring.session import RecordingRequest, RecordingSession
    from scriptest.cli.run_options import time_limit

    path = ""
    if options.output:
        path = place.script_path(options.output, options.folder, force=options.force)
    if options.stdin and not options.command:
        raise ValueError("--stdin needs a program; in a script line, use `stdin FILE`")
    if options.tty and (options.stdin or not options.command):
        raise ValueError("--tty needs a program, and cannot be combined with --stdin")
    request = RecordingRequest(
        tuple(options.command),
        tuple(options.files),
        options.stdin or "",
        options.detect,
        time_limit(options.timeout),
        options.tty,
    )
    recorded = RecordingSession(request, options.folder, options.config, path).record()
    for message in recorded.notes:
        note(message)
    if path:
        place.write(path, recorded.data)
        print(visible(f"wrote {path}\nrun it: scriptest run {quote(path)}"), file=sys.stderr)
        return OK
    sys.stdout.flush()
    sys.stdout.buffer.write(recorded.data)
    sys.stdout.buffer.flush()
    return OK
