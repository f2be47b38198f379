"""Reads a whole number as people write it in scripts, settings and on command lines."""

from __future__ import annotations

_LONGEST = 18
"""More digits mean nothing anywhere here, and Python refuses to read very many."""


def read(text: str) -> int | None:
    """Return the number that 1 to 18 of the digits 0 to 9 make; None for anything else."""
    if not 0 < len(text) <= _LONGEST or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
