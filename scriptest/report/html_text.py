"""Divides logs and details of failures into parts that a page colours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base.html import shortened
from scriptest.base.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    Kind = Callable[[str], str]


class Part(NamedTuple):
    """Some lines of one kind; the kind is a class of the stylesheet, or empty."""

    kind: str
    text: str


def log_parts(text: str, limit: int) -> list[Part]:
    """Divide a section's log into commands, labels of outputs, and other lines."""
    return _excerpt(text, limit, _log_kind)


def detail_parts(text: str, limit: int) -> list[Part]:
    """Divide the detail of a failure: the lines of a diff are coloured."""
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
        parts += [Part("cut", remark), *_parts(tail, kind_of)]
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
