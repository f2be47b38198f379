"""Reads whole numbers in scripts, settings and command lines, and writes counts."""

from __future__ import annotations

_LONGEST = 18
"""More digits than any setting needs, and far fewer than int() refuses."""


def read(text: str) -> int | None:
    """Parse a decimal number of 1 to 18 ASCII digits; return None for other texts."""
    if not 0 < len(text) <= _LONGEST or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)


def counted(count: int, noun: str, form: str = "") -> str:
    """Return a count with its noun: `1 script`, `2 scripts`.

    Args:
        count: the number.
        noun: the singular of a noun whose plural ends in -s.
        form: how the number is formatted, such as `,`.
    """
    return f"{count:{form}} {noun}{'' if count == 1 else 's'}"
