"""Colors text and fits it to a width."""

# No annotations from __future__ here: typing would compile each field's annotation.

from collections.abc import Iterable
from typing import NamedTuple

from scriptest.base.streams import cells


class Part(NamedTuple):
    """Some text of one kind; a last line of it ends with a newline."""

    kind: str
    """A key of `COLORS` and a class of the style sheet, or empty."""
    text: str


COLORS = {
    "place": "1",
    "message": "1;31",
    "section": "1",
    "command": "36",
    "label": "2",
    "cut": "2",
    "hunk": "36",
    "minus": "31",
    "plus": "32",
}
"""The parameters of the escape sequence (SGR) for each kind."""


def painted(parts: Iterable[Part], *, colour: bool) -> str:
    """Return the text of parts, with escape sequences if it may have colors."""
    if not colour:
        return "".join([part.text for part in parts])
    return "".join([paint(part.text, COLORS.get(part.kind, "")) for part in parts])


def paint(text: str, code: str) -> str:
    """Return a text in a color; every line is colored by itself.

    Args:
        text: the text.
        code: the parameters of the escape sequence; empty for no color.
    """
    if not code:
        return text
    return "\n".join([f"\033[{code}m{line}\033[m" if line else "" for line in text.split("\n")])


def fitted(text: str, width: int) -> str:
    """Truncate a text to a width in columns; a truncated text ends in `...`."""
    if cells(text) <= width:
        return text
    kept = ""
    left = max(0, width - 3)
    for char in text:
        left -= cells(char)
        if left < 0:
            break
        kept += char
    return (kept + "...")[: max(0, width)]
