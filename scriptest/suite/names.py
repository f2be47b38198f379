"""Reads the names of scripts as reports and pytest print them."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Iterator
from typing import NamedTuple

from scriptest.base import numbers


class ScriptName(NamedTuple):
    """The parts of a name such as `x.txt[small]:12`."""

    path: str
    id: str = ""
    """The id of a variant; empty for all."""
    line: int = 0
    """A line to run up to; 0 for all."""


def read_name(text: str) -> ScriptName:
    """Return the parts of a script's name, if its path exists.

    Reports print `x.txt[small]`, `x.txt#2`, `x.txt:12:1:` and combinations of these; pytest prints
    `x.txt::x[small]`. A text that names no existing path is returned as a path.
    """
    if os.path.exists(text):
        return ScriptName(text)
    for rest, line in _without_place(text):
        for path, variant in _without_variant(rest):
            if os.path.exists(path):
                return ScriptName(path, variant, line)
    return ScriptName(text)


def _without_place(text: str) -> Iterator[tuple[str, int]]:
    """Yield a text without a place such as `:12:1` at its end, and the line."""
    rest = text.removesuffix(":")
    name, _, last = rest.rpartition(":")
    number = numbers.read(last)
    if number:
        shorter, _, line = name.rpartition(":")
        first = numbers.read(line)
        if first:
            yield shorter, first
        yield name, number
    yield rest, 0


def _without_variant(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text without the number of a repetition, and without the id of a variant."""
    name, _, number = text.rpartition("#")
    text = name if name and numbers.read(number) else text
    if not text.endswith("]"):
        yield text.partition("::")[0], ""
    else:
        for index, char in enumerate(text):
            if char == "[":
                yield text[:index].partition("::")[0], text[index + 1 : -1]
