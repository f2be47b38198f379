"""Marks the lines of a module's source with their coverage."""

from __future__ import annotations

import tokenize
from itertools import pairwise

from fuzzengine.instrument.places import BLOCK, OTHERWISE, Place, places_of
from fuzzengine.instrument.statements import Statements
from fuzzengine.report.html_blocks import places_of_blocks
from scriptest.base.regular_files import read_file
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from fuzzengine.report.record import ModuleRecord

_LONGEST_LINE = 400
_UNSTABLE = "unstable"


class SourceLine:
    """One line of source.

    Attributes:
        number: the line number, from 1.
        state: `hit`, `miss`, `part` if only some of its expressions ran, or empty.
        parts: the text in pieces, each with whether it belongs to an expression that never ran.
        hits: the number of inputs of the corpus that reach it, or 0.
        example: the number of the smallest of them in `CoveredSource.examples`, or -1.
        note: a remark such as `unstable`, or a branch that never ran and has no text of its own.
    """

    __slots__ = ("example", "hits", "note", "number", "parts", "state")

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.state = self.note = ""
        self.hits, self.example = 0, -1
        self.parts: list[tuple[bool, str]] = [(False, text)]


class CoveredSource:
    """The lines of a module with their coverage.

    Attributes:
        lines: the lines; empty if they cannot be shown.
        problem: the reason why they cannot be shown, or an empty text.
        examples: the inputs that are the smallest ones to reach some line.
    """

    def __init__(self, module: ModuleRecord) -> None:
        self.problem = ""
        self.lines: list[SourceLine] = []
        self.examples: list[Mapping[str, Any]] = []
        try:
            data = read_file(module.file)
            places = _places(data, module)
        except (OSError, SyntaxError, ValueError) as error:
            self.problem = f"the source cannot be read: {error}"
            return
        blocks = len(module.places or places)
        if blocks != len(module.reached):
            self.problem = "the source has changed since the campaign began"
            return
        reached = "".join(module.reached[number] for number, _ in places)
        self.lines = marked_lines(data, [place for _, place in places], reached)
        if module.lines is not None:
            _mark_executed(self.lines, Statements(data, module.file), module.lines)
        for number, place in places:
            line = self.lines[place.line - 1]
            if number in module.unstable and _UNSTABLE not in line.note:
                line.note = ", ".join(filter(None, (line.note, _UNSTABLE)))
        self._add_inputs(places, module)

    def _add_inputs(self, places: Sequence[tuple[int, Place]], module: ModuleRecord) -> None:
        """Note for each line how many inputs reach it, and the smallest of them."""
        numbers: dict[str, int] = {}
        all_hits, smallest = module.hits, module.smallest
        for block, place in places:
            if place.kind != BLOCK:
                continue
            number, example = -1, smallest[block]
            if example is not None:
                number = numbers.setdefault(example["Path"], len(numbers))
                self.examples += [example] if number == len(self.examples) else []
            for line in self.lines[place.line - 1 : place.end_line]:
                line.hits, line.example = (all_hits[block], number) if line.state else (0, -1)


def _places(data: bytes, module: ModuleRecord) -> list[tuple[int, Place]]:
    """Return the places of a module, each with the number of its block.

    Raises:
        SyntaxError, ValueError: its source is not Python.
    """
    if module.places is None:
        return list(enumerate(places_of(data, module.file)))
    return places_of_blocks(data, module.places)


def marked_lines(data: bytes, places: Sequence[Place], reached: str) -> list[SourceLine]:
    """Return the lines of a source file with their coverage.

    Args:
        data: the content of the file.
        places: its counted blocks and expressions.
        reached: a 1 or 0 for each place.
    """
    encoding = tokenize.detect_encoding(iter(data.splitlines(keepends=True)).__next__)[0]
    texts = data.decode(encoding, "replace").replace("\r\n", "\n").split("\n")
    if texts and not texts[-1]:
        texts.pop()
    lines = [SourceLine(number, text) for number, text in enumerate(texts, 1)]
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


def _mark_executed(
    lines: Sequence[SourceLine], statements: Statements, executed: Collection[int]
) -> None:
    """Correct the states of lines by what was executed: of a block, only the beginning may be."""
    reached = statements.executed(set(executed))
    states = dict.fromkeys(statements.lines, "miss") | dict.fromkeys(reached, "hit")
    for line in lines:
        first = statements.first_line(line.number)
        if first is None:
            line.state = ""
        elif states[first] == "miss" or line.state != "part":
            line.state = states[first]
        if line.state != "part":
            line.note = ""
            line.parts = [(False, "".join(text for _, text in line.parts))]


def _columns(place: Place, lines: Sequence[SourceLine]) -> tuple[int, int]:
    """Return the start and the end of an expression in its first line, in characters."""
    text = lines[place.line - 1].parts[0][1]
    data = text.encode("utf-8", "surrogatepass")
    end = place.end_column if place.end_line == place.line else len(data)
    return (
        len(data[: place.column].decode("utf-8", "replace")),
        len(data[:end].decode("utf-8", "replace")),
    )


def _divided(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[bool, str]]:
    """Divide a line at the edges of spans; return each piece and whether it is inside one."""
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
