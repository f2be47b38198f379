"""Finds shell syntax that scripts do not have: operators and double quotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.language.lexer import Word
    from scriptest.language.parser import Line

_REDIRECTIONS = {"<": "-in=FILE", ">": "-out=FILE", "2>": "-err=FILE", "2>&1": "-merge"}
_OPERATORS = (">>", "|", "||", "&&", ";")


def find_shell_syntax(line: Line) -> Iterator[tuple[int, str]]:
    """Yield (column, message) of each word that has another meaning in a shell."""
    if line.words[0].raw == "exec":
        for word in line.words[1:]:
            if word.raw in _REDIRECTIONS and _is_plain(word):
                yield word.column, f"`{word.raw}` is an argument; write {_REDIRECTIONS[word.raw]}"
            elif word.raw in _OPERATORS and _is_plain(word):
                yield word.column, f"`{word.raw}` is an argument; write exec sh -c '...'"
    for word in line.words[1:]:
        if word.raw.startswith('"') and _is_plain(word):
            yield word.column, "`\"` is an ordinary character; quote with '"
            return


def _is_plain(word: Word) -> bool:
    return not word.fragments[0].quoted
