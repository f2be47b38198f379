"""Determines the capabilities of an output stream, and fits text to it."""

# No annotations from __future__ here: typing would compile each field's annotation.

import os
import re
from collections.abc import Mapping
from typing import NamedTuple, TextIO

from scriptest.base import platform

# Compiled when a terminal first shows something: every start would wait for it.
_COLOURING = r"\x1b\[[0-9;]*m"
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"


class Style(NamedTuple):
    """The capabilities of a stream; by default those of a file."""

    terminal: bool = False
    """Whether it is a terminal: control characters are made visible there."""
    live: bool = False
    """Whether a line can be redrawn."""
    colour: bool = False


PLAIN = Style()


def style_of(out: TextIO, environ: Mapping[str, str]) -> Style:
    """Return the style of a stream, from the stream itself and the environment.

    `TERM=dumb` means no colours and no redrawn line, `NO_COLOR` no colours, and `CI` no redrawn
    line.
    """
    if not out.isatty():
        return PLAIN
    able = platform.understands_escapes(out.fileno()) and environ.get("TERM", "") != "dumb"
    return Style(
        terminal=True,
        live=able and environ.get("CI", "") in ("", "0", "false"),
        colour=able and not environ.get("NO_COLOR"),
    )


def size(out: TextIO) -> os.terminal_size:
    """Return the size of the terminal that a stream goes to, in characters."""
    try:
        columns, lines = os.get_terminal_size(out.fileno())
    except OSError:
        columns, lines = 0, 0
    return os.terminal_size((columns or 80, lines or 24))


def visible(text: str, *, colour: bool) -> str:
    """Return a text without what would do something to a terminal instead of showing.

    Args:
        text: what programs wrote may be part of it.
        colour: whether colours are kept; they end with the text.
    """
    if not re.search(_CONTROL, text):
        return text
    pieces = re.split(_COLOURING, text.replace("\r\n", "\n"))
    shown = [re.sub(_CONTROL, _escaped, piece) for piece in pieces]
    if not colour or len(shown) == 1:
        return "".join(shown)
    codes = re.findall(_COLOURING, text)
    return "".join(
        shown[:1] + [code + piece for code, piece in zip(codes, shown[1:], strict=True)]
    ) + ("\x1b[m")


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


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
