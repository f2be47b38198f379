"""`fuzzengine corpus`: shows, converts, minimizes and migrates corpora."""

from __future__ import annotations

import os
import sys

from fuzzengine.corpus.files import CorpusCommandError, CorpusUsageError
from fuzzengine.program.flags import (
    PROGRAM_FLAGS,
    Flag,
    FlagError,
    HelpWanted,
    did_you_mean,
    help_lines,
    parse,
    read_bool,
)
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

    from fuzzengine.corpus.formats import Input
    from fuzzengine.corpus.transfer import Conversion

_SYNOPSES = {
    "show": ("FILES", "print entries: the type, size and value of every argument"),
    "import": ("-o DIR FILES", "convert inputs of libFuzzer, AFL or Hypothesis to entries"),
    "export": ("-o DIR FILES", "convert entries to inputs of libFuzzer, AFL or Hypothesis"),
    "minimize": ("[FOLDER]", "remove redundant cached inputs; with -crash, minimize an input"),
    "merge": ("A B ...", "add to folder A those inputs of others that add coverage"),
    "migrate": ("[FOLDER]", "rewrite entries for the current arguments of a fuzz test"),
}
_HELP = """\
usage: fuzzengine corpus <command> [flags] [files or folders]

Commands:

{commands}

FILES may be folders, which stand for all files in them. FOLDER is a package; by default, the one in
the current folder. `fuzzengine corpus <command> -h` lists the flags of a command.
"""
_FAILED, _USAGE = 1, 2


def _read_position(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("want the number of an argument, counted from 1")
    return int(text)


def _read_kinds(text: str) -> Any:
    from fuzzengine.corpus.transfer import read_kinds

    return read_kinds(text)


def _read_format(text: str) -> str:
    from fuzzengine.corpus.formats import read_format

    return read_format(text)


_CONVERSION = {
    "o": Flag(str, "", "write to `DIR`"),
    "from": Flag(_read_format, "", "read `FORMAT`: go, raw, libfuzzer, afl or hypothesis"),
    "to": Flag(_read_format, "", "write `FORMAT`; by default, import writes go, export raw"),
    "arg": Flag(_read_position, 0, "use the bytes of argument `N`, counted from 1"),
    "types": Flag(_read_kinds, None, "use the argument types in `LIST`, such as []byte,int"),
    "test": Flag(str, "", "use the examples of `FILE::NAME`, a test with @given"),
}
_FUZZ = Flag(str, ".", "only fuzz tests matching `RE`")
FLAGS: dict[str, dict[str, Flag]] = {
    "show": {},
    "import": _CONVERSION,
    "export": _CONVERSION,
    "minimize": {
        "fuzz": _FUZZ,
        "n": Flag(read_bool, False, "remove nothing, only report what would remain", is_bool=True),
        "crash": Flag(str, "", "make a failing input in testdata smaller: `FILE`"),
        **{name: PROGRAM_FLAGS[name] for name in ("fuzzminimizetime", "detect", "memlimit")},
        "cover": PROGRAM_FLAGS["cover"],
        "nocover": PROGRAM_FLAGS["nocover"],
    },
    "merge": {
        "fuzz": _FUZZ,
        "package": Flag(str, "", "run the fuzz test of the package `FOLDER`"),
        "n": Flag(read_bool, False, "write nothing, only report", is_bool=True),
        "to": Flag(_read_format, "", "write `FORMAT`; by default, that of the files in A, or go"),
        "arg": _CONVERSION["arg"],
        **{name: PROGRAM_FLAGS[name] for name in ("parallel", "detect", "memlimit")},
        "cover": PROGRAM_FLAGS["cover"],
        "nocover": PROGRAM_FLAGS["nocover"],
    },
    "migrate": {
        "fuzz": _FUZZ,
        "new": Flag(str, "", "`VALUE` of a new argument, such as int(5); may be repeated"),
    },
}


def summary(command: str) -> str:
    """Return the line of help about one of the commands."""
    return _SYNOPSES[command][1].replace("%", "%%")


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine corpus`; return the exit status: 1 for an error, 2 for a usage error."""
    command = arguments[0] if arguments else ""
    if command in ("", "help", "-h", "-help", "--help"):
        return _help(arguments[1:], sys.stdout if command else sys.stderr)
    if command not in FLAGS:
        return _usage_error(f"unknown command {command}{did_you_mean(command, FLAGS)}")
    new: list[str] = []
    table = dict(FLAGS[command])
    if "new" in table:
        table["new"] = Flag(new.append, None, "")
    texts: dict[str, str] = {}
    try:
        values, names = parse(arguments[1:], table, interspersed=True, texts=texts)
    except HelpWanted:
        return _help([command], sys.stdout)
    except FlagError as error:
        return _usage_error(str(error))
    if values.get("crash"):
        return _minimize_crash(texts, names)
    if command == "merge":
        return _merge(values, texts, names)
    if command in ("minimize", "migrate"):
        lines = ["dry"] if values.get("n") else new
        return _run_on_tests("\n".join([command, *lines]), texts, names)
    try:
        return _run_on_files(command, values, names)
    except CorpusCommandError as error:
        sys.stderr.write(visible(f"fuzzengine corpus {command}: {error}\n"))
        return _USAGE if isinstance(error, CorpusUsageError) else _FAILED


def _help(commands: Sequence[str], stream: TextIO) -> int:
    """Print the list of commands, or the flags of one."""
    if commands and commands[0] in FLAGS:
        name = commands[0]
        operands, summary = _SYNOPSES[name]
        text = f"usage: fuzzengine corpus {name} {operands}\n\n{summary}\n"
        stream.write("\n".join([text, *help_lines(FLAGS[name]), ""]))
        return 0
    rows = [f"  {name + ' ' + shown:<20}  {text}" for name, (shown, text) in _SYNOPSES.items()]
    stream.write(_HELP.format(commands="\n".join(rows)))
    return 0 if stream is sys.stdout else _USAGE


def _usage_error(text: str) -> int:
    sys.stderr.write(f"fuzzengine corpus: {text}\nRun 'fuzzengine corpus help' for usage.\n")
    return _USAGE


def _run_on_tests(job: str, texts: dict[str, str], names: Sequence[str]) -> int:
    if len(names) > 1:
        return _usage_error("name one folder only")
    from fuzzengine.cli.packages import PackageError
    from fuzzengine.cli.test import run_corpus_job

    flags = {"fuzz": ".", **texts}
    flags.pop("n", None)
    flags.pop("new", None)
    try:
        return run_corpus_job(job, names[0] if names else ".", flags)
    except PackageError as error:
        command = job.partition("\n")[0]
        sys.stderr.write(visible(f"fuzzengine corpus {command}: {error}\n"))
        return _USAGE


def _minimize_crash(texts: dict[str, str], names: Sequence[str]) -> int:
    """Run `corpus minimize -crash FILE`; the path tells the package and the fuzz test."""
    from fuzzengine.cli.inputs import seed_corpus

    path = os.path.abspath(texts.pop("crash"))
    folder, name = seed_corpus(os.path.dirname(path))
    if names or "fuzz" in texts:
        return _usage_error("minimize -crash: the file tells the folder and the fuzz test")
    if not folder:
        return _usage_error(
            f"minimize -crash: want a file such as testdata/fuzz/FuzzX/0123456789abcdef, not {path}"
        )
    if not os.path.isfile(path):
        return _usage_error(f"minimize -crash: {path}: no such file")
    dry = ["dry"] if texts.get("n") else []
    # With -keepgoing, workers minimize an input only to one that fails in the same way.
    flags = {**texts, "fuzz": f"^{name}$", "keepgoing": "true"}
    return _run_on_tests("\n".join(["minimize", *dry, "crash", path]), flags, [folder])


def _merge(values: dict[str, Any], texts: dict[str, str], names: Sequence[str]) -> int:
    """Run `corpus merge`; the path testdata/fuzz/FuzzX of A tells the package and the fuzz test."""
    from fuzzengine.cli.inputs import seed_corpus

    if len(names) < 2:
        return _usage_error("merge: name the folder A and others to merge into it")
    if values.get("to") == "hypothesis":
        return _usage_error("merge: -to=hypothesis: merge into a folder and export that")
    for name in names[1:]:
        if not os.path.exists(name):
            return _usage_error(f"merge: {name}: no such file or folder")
    package, fuzz_test = seed_corpus(names[0])
    package = values.get("package") or package or "."
    dry = "dry" if values.get("n") else ""
    kept = {name: text for name, text in texts.items() if name not in ("package", "to", "arg")}
    flags = {"fuzz": f"^{fuzz_test}$" if fuzz_test else ".", **kept}
    job = ["merge", dry, values.get("to", ""), str(values.get("arg", 0)), os.getcwd(), *names]
    return _run_on_tests("\n".join(job), flags, [package])


def _run_on_files(command: str, values: dict[str, Any], names: Sequence[str]) -> int:
    if not names:
        return _usage_error(f"{command}: name files or folders")
    if command != "show" and not values.get("o"):
        return _usage_error(f"{command}: name the folder to write to with -o DIR")
    if command == "show":
        from fuzzengine.corpus.show import show

        text, mistakes = show(names)
    else:
        text, mistakes = _convert(command, values, names)
    sys.stdout.write(visible(text))
    sys.stdout.flush()
    lines = "".join(f"fuzzengine corpus {command}: {line}\n" for line in mistakes)
    sys.stderr.write(visible(lines))
    return _FAILED if mistakes else 0


def _convert(command: str, values: dict[str, Any], names: Sequence[str]) -> tuple[str, list[str]]:
    from fuzzengine.corpus.formats import GO, HYPOTHESIS, RAW, read_inputs
    from fuzzengine.corpus.transfer import Conversion, convert

    default, otherwise = (GO, RAW) if command == "import" else (RAW, GO)
    target, test = values.get("to") or default, values.get("test", "")
    if target == HYPOTHESIS and not test:
        raise CorpusUsageError("-to=hypothesis: name the test with -test=FILE::NAME")
    conversion = Conversion(values.get("types"), values.get("arg", 0))
    source = values.get("from", "")
    if test and target != HYPOTHESIS:
        source = HYPOTHESIS
    inputs, unreadable = read_inputs(names, source, otherwise, test)
    folder = os.path.normpath(values["o"])
    if target == GO:
        _check_types(folder, conversion, inputs)
    text, mistakes = convert(inputs, folder, target, conversion, test)
    return text, [*unreadable, *mistakes]


def _check_types(folder: str, conversion: Conversion, inputs: Sequence[Input]) -> None:
    """Check that the types of new entries are those of the fuzz test that the folder belongs to.

    Raises:
        CorpusUsageError: they are not.
    """
    from fuzzengine.cli.test import objection_to_types
    from fuzzengine.types.kinds import BYTES

    for kinds in {tuple(conversion.kinds or one.kinds or [BYTES]) for one in inputs}:
        if any(kind.is_structured for kind in kinds):
            continue
        objection = objection_to_types(folder, kinds)
        if objection:
            raise CorpusUsageError(objection.rstrip("\n"))
