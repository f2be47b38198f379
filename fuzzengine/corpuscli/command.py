"""The command line of `fuzzengine corpus`."""

from __future__ import annotations

import os
import sys

from fuzzengine import flags as flag
from fuzzengine.corpuscli.files import Refusal

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_HELP = """\
usage: fuzzengine corpus <command> [flags] [files or folders]

    show FILES           prints entries: type, size and value of every argument
    import -o DIR FILES  files of raw bytes (libFuzzer, AFL) -> entries in DIR
    export -o DIR FILES  entries -> files of raw bytes in DIR

    -types LIST   import: the types of the entries' arguments, such as []byte,int ([]byte)
    -arg N        import, export: which argument has the bytes, from 1

A folder stands for all files in it.
"""
_FAILED, _USAGE = 1, 2


def _read_position(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("want the number of an argument, from 1")
    return int(text)


def _read_kinds(text: str) -> Any:
    from fuzzengine.corpuscli.transfer import read_kinds

    return read_kinds(text)


_OUT = flag.Flag(str, "", "the folder to write to")
_POSITION = flag.Flag(_read_position, 0, "which argument has the bytes, from 1")
_FLAGS: dict[str, dict[str, flag.Flag]] = {
    "show": {},
    "import": {"o": _OUT, "arg": _POSITION, "types": flag.Flag(_read_kinds, None, "the types")},
    "export": {"o": _OUT, "arg": _POSITION},
}


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine corpus`; return the exit status: 1 if anything was refused, 2 for misuse."""
    command = arguments[0] if arguments else ""
    if command in ("", "help", "-h", "-help", "--help"):
        (sys.stdout if command else sys.stderr).write(_HELP)
        return 0 if command else _USAGE
    if command not in _FLAGS:
        return _misused(f"unknown command {command}")
    try:
        values, names = flag.parse(arguments[1:], _FLAGS[command], interspersed=True)
    except flag.FlagError as error:
        return _misused(str(error))
    try:
        return _run_on_files(command, values, names)
    except Refusal as refusal:
        sys.stderr.write(f"fuzzengine corpus {command}: {refusal}\n")
        return _FAILED


def _misused(text: str) -> int:
    sys.stderr.write(f"fuzzengine corpus: {text}\nRun 'fuzzengine corpus help' for usage.\n")
    return _USAGE


def _run_on_files(command: str, values: dict[str, Any], names: Sequence[str]) -> int:
    if not names:
        return _misused(f"{command}: no files or folders are named")
    if command != "show" and not values.get("o"):
        return _misused(f"{command}: -o DIR must say where to write")
    position = values.get("arg", 0)
    if command == "show":
        from fuzzengine.corpuscli.show import show

        text, mistakes = show(names)
    elif command == "import":
        from fuzzengine.corpuscli.transfer import import_raw
        from fuzzengine.kinds import BYTES

        kinds = values.get("types") or [BYTES]
        text, mistakes = import_raw(names, os.path.normpath(values["o"]), kinds, position)
    else:
        from fuzzengine.corpuscli.transfer import export_raw

        text, mistakes = export_raw(names, os.path.normpath(values["o"]), position)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()
    sys.stderr.write("".join(f"fuzzengine corpus {command}: {line}\n" for line in mistakes))
    return _FAILED if mistakes else 0
