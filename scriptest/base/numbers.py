"""Reads whole numbers in scripts, settings and command lines."""

from __future__ import annotations

_LONGEST = 18
"""No setting needs more digits, and int() refuses thousands of them."""


def read(text: str) -> int | None:
    """Return the number that 1 to 18 digits from 0 to 9 mean; None for any other text."""
    if not 0 < len(text) <= _LONGEST or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
