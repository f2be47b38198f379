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

Commands on files:

    show FILES           prints entries: type, size and value of every argument
    import -o DIR FILES  files of raw bytes (libFuzzer, AFL) -> entries in DIR
    export -o DIR FILES  entries -> files of raw bytes in DIR

    -types LIST   import: the types of the entries' arguments, such as []byte,int ([]byte)
    -arg N        import, export: which argument has the bytes, from 1

Commands on fuzz tests, of the package in the folder, or here:

    minimize [FOLDER]    removes cached inputs that reach nothing that smaller ones do not
    migrate [FOLDER]     rewrites entries for the present arguments of a fuzz test

    -fuzz RE      only these fuzz tests
    -n            minimize: removes nothing, says what would be left
    -cover a,b    minimize: instruments these packages too, as when fuzzing
    -nocover a,b  minimize: does not instrument these packages
    -new VALUE    migrate: what a new argument is, such as int(5); may be repeated

In other commands, a folder stands for all files in it.
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
_FUZZ = flag.Flag(str, ".", "only these fuzz tests")
_FLAGS: dict[str, dict[str, flag.Flag]] = {
    "show": {},
    "import": {"o": _OUT, "arg": _POSITION, "types": flag.Flag(_read_kinds, None, "the types")},
    "export": {"o": _OUT, "arg": _POSITION},
    "minimize": {
        "fuzz": _FUZZ,
        "n": flag.Flag(flag.read_bool, False, "remove nothing", is_bool=True),
        "cover": flag.PROGRAM_FLAGS["cover"],
        "nocover": flag.PROGRAM_FLAGS["nocover"],
    },
    "migrate": {"fuzz": _FUZZ, "new": flag.Flag(str, "", "what a new argument is")},
}


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine corpus`; return the exit status: 1 if anything was refused, 2 for misuse."""
    command = arguments[0] if arguments else ""
    if command in ("", "help", "-h", "-help", "--help"):
        (sys.stdout if command else sys.stderr).write(_HELP)
        return 0 if command else _USAGE
    if command not in _FLAGS:
        return _misused(f"unknown command {command}")
    new: list[str] = []
    table = dict(_FLAGS[command])
    if "new" in table:
        table["new"] = flag.Flag(new.append, None, "")
    texts: dict[str, str] = {}
    try:
        values, names = flag.parse(arguments[1:], table, interspersed=True, texts=texts)
    except flag.FlagError as error:
        return _misused(str(error))
    if command in ("minimize", "migrate"):
        lines = ["dry"] if values.get("n") else new
        return _run_on_tests("\n".join([command, *lines]), texts, names)
    try:
        return _run_on_files(command, values, names)
    except Refusal as refusal:
        sys.stderr.write(f"fuzzengine corpus {command}: {refusal}\n")
        return _FAILED


def _misused(text: str) -> int:
    sys.stderr.write(f"fuzzengine corpus: {text}\nRun 'fuzzengine corpus help' for usage.\n")
    return _USAGE


def _run_on_tests(job: str, texts: dict[str, str], names: Sequence[str]) -> int:
    if len(names) > 1:
        return _misused("one folder at a time")
    from fuzzengine.testrun import run_corpus_job

    passed_on = {"fuzz": ".", **texts}
    passed_on.pop("n", None)
    passed_on.pop("new", None)
    return run_corpus_job(job, names[0] if names else ".", passed_on)


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
