"""`fuzzengine completion`: prints a script that completes command lines in a shell."""

from __future__ import annotations

import sys

from scriptest.base.completion import SHELLS, completion_script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

    from fuzzengine.program.flags import Flag

_USAGE = f"usage: fuzzengine completion {'|'.join(SHELLS)}\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine completion`; return the exit status."""
    if list(arguments) in (["-h"], ["-help"], ["--help"]):
        sys.stdout.write(_USAGE)
        return 0
    if len(arguments) != 1 or arguments[0] not in SHELLS:
        sys.stderr.write(_USAGE)
        return 2
    sys.stdout.write(completion_script(_parser(), arguments[0]))
    return 0


def _parser() -> ArgumentParser:
    """Return the flags of all commands, declared to a parser of the standard library."""
    from argparse import ArgumentParser

    from fuzzengine.cli import clean, corpus, cover, env, test

    parser = ArgumentParser(prog="fuzzengine", add_help=False)
    commands = parser.add_subparsers()
    for name, about, flags in (
        ("test", "run tests and fuzz tests", test.FLAGS),
        ("cover", "report what corpora reach", cover.FLAGS),
        ("clean", "remove caches", clean.FLAGS),
        ("env", "print the installation and its folders", env.FLAGS),
    ):
        _declare(commands.add_parser(name, help=about, add_help=False), flags)
    harness = commands.add_parser("run", help="run an Atheris harness", add_help=False)
    harness.add_argument("paths", nargs="*", metavar="PATH")
    inner = commands.add_parser("corpus", help="work on inputs", add_help=False).add_subparsers()
    for name, flags in corpus.FLAGS.items():
        about = corpus.summary(name)
        _declare(inner.add_parser(name, help=about, add_help=False), flags)
    completion = commands.add_parser("completion", help="complete command lines", add_help=False)
    completion.add_argument("shell", choices=SHELLS)
    return parser


def _declare(parser: ArgumentParser, flags: Mapping[str, Flag]) -> None:
    for name, flag in flags.items():
        if flag.internal:
            continue
        text = flag.help.replace("`", "").replace("%", "%%")
        if flag.is_bool:
            parser.add_argument(f"-{name}", action="store_true", help=text)
        else:
            value = flag.help.split("`")[1] if "`" in flag.help else "VALUE"
            parser.add_argument(f"-{name}", metavar=value, help=text)
    parser.add_argument("paths", nargs="*", metavar="PATH")
