"""Finds shell syntax that is an ordinary argument in scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.language.parser import Line


def find_shell_syntax(line: Line) -> Iterator[tuple[int, str]]:
    """Yield (column, message) of double quotes and command substitutions, once for each kind."""
    quotes = substitutions = False
    for word in line.words[1:]:
        first = word.fragments[0]
        if first.quoted:
            continue
        if word.raw.startswith('"') and not quotes:
            quotes = True
            yield word.column, "`\"` is an ordinary character; quote with '"
        elif first.text.startswith(("$(", "`")) and not substitutions:
            substitutions = True
            yield (
                word.column,
                "no command substitution here; write `capture VAR` after the command",
            )
