"""Determines the capabilities of an output stream: colours, a redrawn line, its size."""

# No annotations from __future__ here: typing would compile each field's annotation.

import os
from collections.abc import Mapping
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


def cells(text: str) -> int:
    """Return an upper bound of the columns of a text without control characters."""
    return len(text) if text.isascii() else sum(1 if char < "\u0300" else 2 for char in text)
