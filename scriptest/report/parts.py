"""Divides logs and details of failures into parts, which terminals and pages color."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from scriptest.base.excerpts import SEARCHED, ShownLine, excerpt
from scriptest.report.style import Part
from scriptest.sandbox.log import LogEntry


def log_parts(
    entries: Iterable[LogEntry], *, whole: bool = True, hidden: Iterable[int] = ()
) -> Iterator[Part]:
    """Yield the parts of a section's log.

    Args:
        entries: the log.
        whole: whether to include all lines of long outputs.
        hidden: the indices of the outputs that the detail of a failure shows.
    """
    for index, entry in enumerate(entries):
        if entry.is_command:
            yield Part("command", f"{entry}\n")
        elif not entry.output:
            kind = "label" if entry.text.startswith("[") else ""
            yield from _text_parts(entry.text, kind, whole=whole)
        elif index in hidden:
            count = entry.text.count("\n") + 1
            if count > SEARCHED:
                yield Part("cut", f"[{entry.output}: {count:,} lines, some of them shown above]\n")
            else:
                yield Part("label", f"[{entry.output}: shown above]\n")
        else:
            yield Part("label", f"[{entry.output}]\n")
            yield from _text_parts(entry.text, "", whole=whole)


def _text_parts(text: str, kind: str, *, whole: bool) -> Iterator[Part]:
    if whole:
        yield Part(kind, f"{text}\n")
        return
    for line in excerpt(text.split("\n")):
        yield Part("cut" if line.is_remark else kind, f"{line.text}\n")


def detail_parts(detail: str, *, whole: bool = True) -> Iterator[Part]:
    """Yield the parts of a failure's detail.

    In lines of a diff that differ, blanks at the end and tabs are made visible.
    """
    text = detail.rstrip("\n")
    if not text:
        return
    is_diff = False
    lines = text.split("\n")
    first = _first_of_diff(lines)
    for line in map(ShownLine, lines) if whole else excerpt(lines, 0):
        is_diff = is_diff or line.text == first
        if line.is_remark:
            yield Part("cut", f"{line.text}\n")
        elif is_diff:
            kind = _diff_kind(line.text)
            shown = _with_visible_blanks(line.text) if kind in ("minus", "plus") else line.text
            yield Part(kind, f"{shown}\n")
        else:
            yield Part("", f"{line.text}\n")


def _first_of_diff(lines: Sequence[str]) -> str | None:
    """Return the first line of a unified diff among the lines, if there is one."""
    for line, following in pairwise(lines):
        if line.startswith("--- ") and following.startswith("+++ "):
            return line
    return None


def _diff_kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "@@", "\\ ")):
        return "hunk"
    return {"-": "minus", "+": "plus"}.get(line[:1], "")


def _with_visible_blanks(line: str) -> str:
    """Return a line with `·` for blanks at its end, and an arrow at each tab."""
    text = line[1:].rstrip(" \t")
    end = line[1 + len(text) :].replace(" ", "·").replace("\t", "→")
    return line[:1] + text.replace("\t", "→\t") + end
