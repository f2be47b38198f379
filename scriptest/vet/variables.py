"""Finds variables that a script uses and nothing sets: they are empty, which is rarely meant.

Only what is sure to be unset is named. Wherever a name is mentioned as one that may be set (`env
NAME=1`, `capture NAME`, `[env:NAME]`), it may be; where anything happens that cannot be seen from
here, such as functions of the project and included scripts, nothing is said at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from scriptest.base.suggest import nearest
from scriptest.engine.vocabulary import BUILTIN_COMMANDS
from scriptest.language.expand import variables
from scriptest.sandbox.environment import FROM_HOST, PSEUDO

if TYPE_CHECKING:
    from scriptest.config.config import Config
    from scriptest.config.header import Header
    from scriptest.language.lexer import Word
    from scriptest.language.parser import Line

# Some of these are there on some systems only.
_ANYWHERE = frozenset((*PSEUDO, *FROM_HOST, "TMPDIR", "TMP", "TEMP", "USERPROFILE"))


def unset_variables(
    lines: Collection[Line], known: Iterable[str], config: Config, header: Header
) -> Iterator[tuple[Line, Word, str]]:
    """Yield each use of a variable that nothing sets: its line, its word and what to say.

    Args:
        lines: all lines of the script, those that stand in other lines too.
        known: the variables that the script begins with.
        config: the settings of its suite.
        header: what it says about itself.
    """
    names = {*_ANYWHERE, *known, *_mentioned(lines)}
    if config.setup or config.suite_setup or not all(_is_seen(line, config) for line in lines):
        return
    for line in lines:
        for word in line.words:
            for name in _unquoted(word):
                if name not in names and not _may_come(name, config, header):
                    near = nearest(name, sorted(names))
                    hint = f"did you mean ${near}?" if near else f"env {name}=... would"
                    yield line, word, f"${name} is empty: nothing sets it; {hint}"


def _is_seen(line: Line, config: Config) -> bool:
    """Report whether a line shows which variables it sets."""
    name = line.words[0].raw
    own = config.commands.get(name)
    if own is not None:
        return own.in_process is None
    if name == "env" and any("$" in word.raw.partition("=")[0] for word in line.words[1:]):
        return False
    return name in BUILTIN_COMMANDS and name != "include"


def _mentioned(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        words = [word.raw for word in line.words[1:]]
        for guard in line.guards:
            words += [each.name.raw.removeprefix("env:") for each in guard.expr.conditions()]
        for word in words:
            name = word.partition("=")[0]
            if "$" not in name:
                yield name


def _unquoted(word: Word) -> Iterator[str]:
    for fragment in word.fragments:
        if not fragment.quoted:
            for name in variables(fragment.text):
                yield name.removesuffix("@R")


def _may_come(name: str, config: Config, header: Header) -> bool:
    """Report whether the host or a fixture may set a variable."""
    if any(fnmatchcase(name, pattern) for pattern in config.pass_env):
        return True
    return any(name == fixture or name.startswith(fixture + "_") for fixture in header.use)
