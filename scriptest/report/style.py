"""Determines the capabilities of an output stream, and colors text and fits it to a width."""

# No annotations from __future__ here: typing would compile each field's annotation.

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TextIO

from scriptest.base import platform


class Style(NamedTuple):
    """The capabilities of a stream; by default those of a file."""

    live: bool = False
    """Whether a line can be redrawn."""
    colour: bool = False


PLAIN = Style()


COLOR_CHOICES = ("auto", "always", "never")
"""The values of `--color`."""


def style_of(out: TextIO, environ: Mapping[str, str], color: str = "auto") -> Style:
    """Return the style of a stream, from the stream itself and the environment.

    `TERM=dumb` means no colours and no redrawn line, and `CI` no redrawn line. `NO_COLOR` means no
    colours; `FORCE_COLOR` means colours also in files and pipes, unless `NO_COLOR` is set.

    Args:
        out: the stream.
        environ: the environment.
        color: one of `COLOR_CHOICES`; all but `auto` take precedence over the environment.
    """
    able = (
        out.isatty()
        and platform.understands_escapes(out.fileno())
        and environ.get("TERM", "") != "dumb"
    )
    if color == "auto":
        colour = not environ.get("NO_COLOR") and (able or bool(environ.get("FORCE_COLOR")))
    else:
        colour = color == "always"
    return Style(live=able and environ.get("CI", "") in ("", "0", "false"), colour=colour)


def size(out: TextIO) -> os.terminal_size:
    """Return the size of the terminal that a stream goes to, in characters."""
    try:
        columns, lines = os.get_terminal_size(out.fileno())
    except OSError:
        columns, lines = 0, 0
    return os.terminal_size((columns or 80, lines or 24))


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


def cells(text: str) -> int:
    """Return an upper bound of the columns of a text without control characters."""
    return len(text) if text.isascii() else sum(1 if char < "\u0300" else 2 for char in text)


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
