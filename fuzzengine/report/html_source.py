"""A module's source with what campaigns reached of it."""

from __future__ import annotations

import tokenize
from itertools import pairwise

from fuzzengine.instrument.places import BLOCK, OTHERWISE, Place, places_of
from scriptest.base.html import visible

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LONGEST_LINE = 400
_UNSTABLE = "unstable"


class Line:
    """One line of source.

    Attributes:
        number: from 1.
        state: `hit`, `miss`, `part` if only some of its expressions ran, or empty.
        parts: its text, divided where an expression that never ran begins and ends.
        note: what never happened here, if the source has no place for it, or that it is unstable.
    """

    __slots__ = ("note", "number", "parts", "state")

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.state = self.note = ""
        self.parts: list[tuple[bool, str]] = [(False, text)]


class Source:
    """A module's lines; `problem` says why they cannot be shown, if so."""

    def __init__(self, file: str, reached: str, unstable: Collection[int] = ()) -> None:
        self.problem = ""
        self.lines: list[Line] = []
        try:
            with open(file, "rb") as opened:
                data = opened.read()
            places = places_of(data, file)
        except (OSError, SyntaxError, ValueError) as error:
            self.problem = f"the source cannot be read: {error}"
            return
        if len(places) != len(reached):
            self.problem = "the source has changed since the campaign began"
            return
        self.lines = marked_lines(data, places, reached)
        for index in unstable:
            line = self.lines[places[index].line - 1]
            if _UNSTABLE not in line.note:
                line.note = ", ".join(filter(None, (line.note, _UNSTABLE)))


def marked_lines(data: bytes, places: Sequence[Place], reached: str) -> list[Line]:
    """Return the lines of a source; `reached` has a 1 or 0 for each place."""
    encoding = tokenize.detect_encoding(iter(data.splitlines(keepends=True)).__next__)[0]
    texts = data.decode(encoding, "replace").replace("\r\n", "\n").split("\n")
    if texts and not texts[-1]:
        texts.pop()
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    missed: dict[int, list[tuple[int, int]]] = {}
    for place, ran in zip(places, reached, strict=True):
        if place.kind == BLOCK:
            for line in lines[place.line - 1 : place.end_line]:
                line.state = "hit" if ran == "1" else "miss"
        elif ran == "0":
            missed.setdefault(place.line, []).append(_columns(place, lines))
            if place.kind == OTHERWISE:
                lines[place.line - 1].note = "never otherwise"
                missed[place.line].pop()
    for line in lines:
        if line.state != "miss" and (line.note or missed.get(line.number)):
            line.state = "part"
        spans = missed.get(line.number, []) if line.state == "part" else []
        line.note = line.note if line.state == "part" else ""
        line.parts = _divided(line.parts[0][1], spans)
        if not line.parts or not "".join(text for _, text in line.parts).strip():
            line.state = ""
    return lines


def _columns(place: Place, lines: Sequence[Line]) -> tuple[int, int]:
    """Return where an expression begins and ends in its first line, in characters."""
    text = lines[place.line - 1].parts[0][1]
    data = text.encode("utf-8", "surrogatepass")
    end = place.end_column if place.end_line == place.line else len(data)
    return (
        len(data[: place.column].decode("utf-8", "replace")),
        len(data[:end].decode("utf-8", "replace")),
    )


def _divided(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[bool, str]]:
    """Return the parts of a line and whether each lies in a span; spans may nest."""
    cuts = sorted({0, len(text), *(place for span in spans for place in span)})
    parts: list[tuple[bool, str]] = []
    for start, end in pairwise(cuts):
        inside = any(first <= start and end <= last for first, last in spans)
        piece = visible(text[start:end])
        if parts and parts[-1][0] == inside:
            parts[-1] = (inside, parts[-1][1] + piece)
        else:
            parts.append((inside, piece))
    if len(text) > _LONGEST_LINE and not spans:
        return [(False, visible(text[:_LONGEST_LINE]) + " ...")]
    return parts
