"""Characters that act on a terminal, or hide or reorder text, and a check for them."""

from __future__ import annotations

import unicodedata

DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CHARACTERS = (
    *(chr(code) for code in range(0x20) if chr(code) not in "\n\t"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *DIRECTIONS,
    "\u2028",
    "\u2029",
    *("\udc80", "\udcff", "\ud800"),
)
TEXT = "".join(CHARACTERS) + "\x1b[2J\x1b]0;title\x07\x1b[31mred"


def acting(text: str) -> set[str]:
    """Return the characters of a text that should have been escaped."""
    return {
        char
        for char in text
        if char not in "\n\t"
        and (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in DIRECTIONS)
    }
