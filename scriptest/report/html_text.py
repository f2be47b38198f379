"""Shortens the parts of logs and details for a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from scriptest.base.html import shortened
from scriptest.base.visible import visible
from scriptest.report.style import Part

_LEAST = 200
"""Characters of a part that are shown in any case."""


def page_parts(parts: Iterable[Part], limit: int) -> list[Part]:
    """Return parts with at most `limit` characters, and remarks where some are left out.

    Neighbours of one kind become one part. Of several parts, the first ones get what they need.
    """
    shown: list[Part] = []
    left = limit
    for kind, group in groupby(parts, lambda part: part.kind):
        # The last newline is not of the text: a carriage return before it is shown.
        text = "".join([part.text for part in group]).removesuffix("\n")
        head, remark, tail = shortened(text, max(left, _LEAST))
        left -= len(head) + len(tail)
        if remark:
            shown += [Part(kind, visible(head)), Part("cut", remark)]
        shown.append(Part(kind, f"{visible(tail if remark else head)}\n"))
    if shown:
        shown[-1] = shown[-1]._replace(text=shown[-1].text.rstrip("\n"))
    return [part for part in shown if part.text]
