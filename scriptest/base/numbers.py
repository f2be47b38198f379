"""Reads whole numbers in scripts, settings and command lines."""

from __future__ import annotations

_LONGEST = 18
"""More digits than any setting needs, and far fewer than int() refuses."""


def read(text: str) -> int | None:
    """Parse a decimal number of 1 to 18 ASCII digits; return None for other texts."""
    if not 0 < len(text) <= _LONGEST or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
