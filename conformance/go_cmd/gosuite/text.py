"""Text as Go writes it in source code."""

from __future__ import annotations

import re

_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)


def unquote_go(text: str) -> bytes:
    r"""Return what the inside of a Go string literal stands for, `\n` and the like replaced.

    Raises:
        ValueError: an escape is none of Go's.
    """

    def value(found: re.Match[str]) -> str:
        byte, short, long, octal, simple = found.groups()
        if byte or octal:
            number = int(byte, 16) if byte else int(octal, 8)
            return bytes([number]).decode("utf-8", "surrogateescape")
        if short or long:
            return chr(int(short or long, 16))
        if simple not in _SIMPLE:
            raise ValueError(f"\\{simple} is no escape in a Go string")
        return chr(_SIMPLE[simple])

    return _ESCAPE.sub(value, text).encode("utf-8", "surrogateescape")
