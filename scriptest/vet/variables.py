"""Finds variables that a script uses but never sets, so that they are empty.

Only certain cases are reported. A name counts as set if any line mentions it (`env NAME=1`,
`capture NAME`, `[env:NAME]`). Nothing is reported for a script that runs unknown code, such as
functions of the project and included scripts.
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

# Some of these are set only on some systems.
_ANYWHERE = frozenset((*PSEUDO, *FROM_HOST, "TMPDIR", "TMP", "TEMP", "USERPROFILE"))


def unset_variables(
    lines: Collection[Line],
    before: Collection[Line],
    known: Iterable[str],
    config: Config,
    header: Header,
) -> Iterator[tuple[Line, Word, str]]:
    """Yield (line, word, message) for each use of a variable that is never set.

    Args:
        lines: all lines of the script, including nested lines.
        before: the lines that its suite runs before it.
        known: the initial variables of the script.
        config: the settings of its suite.
        header: its header.
    """
    all_lines = (*before, *lines)
    names = {*_ANYWHERE, *known, *_mentioned(all_lines)}
    if config.setup or config.suite_setup:
        return
    if not all(_is_known(line, config) for line in all_lines):
        return
    for line in lines:
        for word in line.words:
            for name in _unquoted(word):
                if name not in names and not _may_be_set(name, config, header):
                    near = nearest(name, sorted(names))
                    hint = f"did you mean ${near}?" if near else f"set it with `env {name}=...`"
                    yield line, word, f"${name} is never set, so it is empty; {hint}"


def _is_known(line: Line, config: Config) -> bool:
    """Report whether the variables that a line sets are known."""
    name = line.words[0].raw
    own = config.commands.get(name)
    if own is not None and not own.builtin:
        return own.in_process is None
    if own is not None:
        name = own.builtin[0].split()[0]
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


def _may_be_set(name: str, config: Config, header: Header) -> bool:
    """Report whether the host or a fixture may set a variable."""
    if any(fnmatchcase(name, pattern) for pattern in config.pass_env):
        return True
    return any(name == fixture or name.startswith(fixture + "_") for fixture in header.use)
