"""Names of keys, such as `<Enter>` and `<C-c>`, and the characters that a terminal sends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scriptest.base.suggest import nearest

KEYS: dict[str, str] = {
    "Enter": "\r",
    "Tab": "\t",
    "S-Tab": "\x1b[Z",
    "Space": " ",
    "Backspace": "\x7f",
    "Esc": "\x1b",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "Insert": "\x1b[2~",
    "Delete": "\x1b[3~",
    "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~",
    **{f"F{number}": f"\x1bO{char}" for number, char in enumerate("PQRS", 1)},
    **{
        f"F{number}": f"\x1b[{code}~"
        for number, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24), 5)
    },
}
"""The characters of named keys, by name."""

_NAME = re.compile(r"<([A-Za-z0-9][A-Za-z0-9-]*|[CM]-[!-~])>")


class KeyNameError(ValueError):
    """An unknown key in angle brackets."""


def split(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (piece, is_key): the plain pieces of a text, and key names without brackets."""
    position = 0
    for match in _NAME.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], False
        yield match[1], True
        position = match.end()
    if position < len(text):
        yield text[position:], False


def characters(name: str) -> str:
    """Return the characters that a terminal sends for a key: `Up`, `C-c`, `M-x` (Alt), `C-Space`.

    Raises:
        KeyNameError: the key is unknown; the message names the nearest one.
    """
    known = {key.lower(): value for key, value in KEYS.items()}
    if name.lower() in known:
        return known[name.lower()]
    kind, _, key = name.partition("-")
    if kind in ("M", "m", "A", "a") and key:
        return "\x1b" + (key if len(key) == 1 else characters(key))
    if kind in ("C", "c"):
        if key.lower() == "space":
            return "\x00"
        if len(key) == 1 and "?" <= key.upper() <= "_":
            return chr(ord(key.upper()) ^ 0x40)
    near = nearest(name, KEYS)
    hint = f"; did you mean <{near}>?" if near else ""
    raise KeyNameError(f"unknown key <{name}>{hint} (quote it to send the text as it is)")
