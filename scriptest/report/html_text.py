"""Texts of programs made fit to be shown on a page: visible, not too long, in parts to colour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Kind = Callable[[str], str]

# What cannot be seen, or would make what follows look other than it is: control characters,
# bytes that are no text (lone surrogates), and those that change the direction of writing.
_CONTROLS = (*range(9), *range(11, 32), *range(0x7F, 0xA0), 0xAD)
_BYTES = range(0xDC80, 0xDD00)
_MARKS = (0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_NO_CHARACTERS = (*range(0xD800, 0xDC80), *range(0xDD00, 0xE000), 0xFFFE, 0xFFFF)
_HIDDEN = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\x{code - 0xDC00:02x}" for code in _BYTES},
    **{code: f"\\u{code:04x}" for code in (*_MARKS, *_NO_CHARACTERS)},
}


class Part(NamedTuple):
    """Some lines of one kind; the kind is a class of the stylesheet, or empty."""

    kind: str
    text: str


def visible(text: str) -> str:
    r"""Return a text in which everything can be seen: `\x1b` for an escape character."""
    return text.translate(_HIDDEN)


def shortened(text: str, limit: int) -> tuple[str, str, str]:
    """Return the beginning of a text, a remark, and its end; all of it and two "" if it is short.

    Args:
        text: what may be long.
        limit: how many characters are shown; lines are not divided unless one alone is too long.
    """
    if len(text) <= limit:
        return text, "", ""
    half = limit // 2
    start = text.rfind("\n", 0, half) + 1 or half
    end = text.find("\n", len(text) - half) + 1 or len(text) - half
    lines = text.count("\n", start, end)
    what = f"{lines:,} lines" if lines > 1 else f"{end - start:,} characters"
    return text[:start], f"[{what} are left out here]", text[end:]


def log_parts(text: str, limit: int) -> list[Part]:
    """Return a section's log: its commands, the names of outputs, and the rest."""
    return _excerpt(text, limit, _log_kind)


def detail_parts(text: str, limit: int) -> list[Part]:
    """Return the detail of a failure; if it shows a difference, with what to colour."""
    head, mark, difference = text.partition("--- want")
    if not mark or not (head == "" or head.endswith("\n")):
        return _excerpt(text, limit, _plain_kind)
    return [
        *_excerpt(head, limit, _plain_kind),
        *_excerpt(mark + difference, limit, _difference_kind),
    ]


def _excerpt(text: str, limit: int, kind_of: Kind) -> list[Part]:
    head, remark, tail = shortened(text.rstrip("\n"), limit)
    parts = list(_parts(head, kind_of))
    if remark:
        gap = "" if head.endswith("\n") else "\n"
        parts += [Part("cut", f"{gap}{remark}\n"), *_parts(tail, kind_of)]
    return parts


def _parts(text: str, kind_of: Kind) -> Iterator[Part]:
    for kind, lines in groupby(visible(text).splitlines(keepends=True), kind_of):
        yield Part(kind, "".join(lines))


def _log_kind(line: str) -> str:
    if line.startswith("> "):
        return "command"
    return "label" if line.startswith("[") and line.rstrip().endswith("]") else ""


def _plain_kind(_line: str) -> str:
    return ""


def _difference_kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "@@", "\\ ")):
        return "hunk"
    return {"-": "minus", "+": "plus"}.get(line[:1], "")
