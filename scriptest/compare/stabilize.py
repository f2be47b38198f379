"""Replaces varying parts of an output with wildcards.

Several samples of one output are compared piece by piece. Times close to the run count as varying,
even if they are equal in all samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scriptest.compare.wildcards import ANY_LINES, ANY_TEXT

ANY = "\ue000"
"""Represents any text within a line while texts are compared."""

WORK = "\ue001"
"""Represents the work folder while texts are compared."""

_LINES = "\ue002"
# A number, time or address is one piece, so that it is replaced as a whole.
_PIECE = re.compile(r"(?=\w*[\d.:+-]*\d)\w(?:[\w.:+-]*\w)?|\w+|\s+|.", re.S)
_SLACK = 3.0
# Texts whose sizes have a larger product are not aligned, which would take too long.
_TOO_LARGE = 4_000_000
_CLOCK = re.compile(
    r"(?<![\d:])(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\d:])"
)
_EPOCH = re.compile(r"(?<![\w.])(\d{10})(?:\.\d+|\d{3}|\d{6}|\d{9})?(?!\w)")
_DATES = (
    "%Y-%m-%d",
    "%a %b %d",
    "%a %b %e",
    "%a, %d %b %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%d/%b/%Y",
    "%b %d",
    "%b %e",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y%m%d",
)


class Window(NamedTuple):
    """The period in which samples were taken, in seconds since the epoch."""

    start: float
    end: float


class GoldenText(NamedTuple):
    """A golden text, and how to compare it."""

    text: str
    variables: bool
    """Whether it contains variables, for `cmpenv`."""
    flags: tuple[str, ...]
    """The flags of the comparison: `-glob` or `-unordered`."""

    @property
    def command(self) -> str:
        """The comparison command with its flags."""
        return " ".join(("cmpenv" if self.variables else "cmp", *self.flags))


def golden(samples: Sequence[str], window: Window) -> GoldenText:
    """Return the most specific golden text that matches all samples.

    Args:
        samples: the same output from several runs, with `WORK` for the work folder.
        window: the period in which they were taken.
    """
    masked = [mask_times(sample, window) for sample in samples]
    orders = {tuple(sorted(text.split("\n"))) for text in masked}
    if len(set(masked)) > 1 and len(orders) == 1 and ANY not in masked[0]:
        return _rendered(masked[0], ("-unordered",))
    common = masked[0]
    for other in masked[1:]:
        common = "\n".join(_lines(common.split("\n"), other.split("\n")))
    wild = ANY in common or _LINES in common
    return _rendered(common, ("-glob",) if wild else ())


def _rendered(text: str, flags: tuple[str, ...]) -> GoldenText:
    variables = WORK in text
    if variables:
        text = text.replace("$", "$$").replace(WORK, "$WORK")
    text = re.sub(f"{ANY}+", ANY_TEXT, text).replace(_LINES, ANY_LINES)
    return GoldenText(text, variables, flags)


# --- differences -----------------------------------------------------------------------------


def _lines(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    """Yield the common lines of two texts, with marks where they differ."""
    if len(one) == len(other):
        yield from map(_line, one, other)
        return
    if len(one) * len(other) > _TOO_LARGE:
        yield from _block(one, other)
        return
    from difflib import SequenceMatcher

    keys, others = ([_PIECE.sub(_key, line) for line in lines] for lines in (one, other))
    marked = False
    matcher = SequenceMatcher(None, keys, others, autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        for line in _block(one[start:end], other[other_start:other_end]):
            if line != _LINES or not marked:
                yield line
            marked = line == _LINES


def _key(piece: re.Match[str]) -> str:
    return "0" if any(char.isdigit() for char in piece[0]) else piece[0]


def _block(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    """Yield the common lines of two blocks; if their lengths differ, those at both ends."""
    if len(one) == len(other):
        yield from map(_line, one, other)
        return
    shorter = min(len(one), len(other))
    head = tail = 0
    while head < shorter and _alike(one[head], other[head]):
        head += 1
    while tail < shorter - head and _alike(one[-1 - tail], other[-1 - tail]):
        tail += 1
    yield from map(_line, one[:head], other[:head])
    yield _LINES
    if tail:
        yield from map(_line, one[-tail:], other[-tail:])


def _alike(one: str, other: str) -> bool:
    if len(one) * len(other) > _TOO_LARGE:
        return False
    from difflib import SequenceMatcher

    pieces, others = _PIECE.findall(one), _PIECE.findall(other)
    return SequenceMatcher(None, pieces, others, autojunk=False).ratio() >= 0.5


def _line(one: str, other: str) -> str:
    if one in (other, _LINES):
        return one
    if len(one) * len(other) > _TOO_LARGE:
        return ANY
    from difflib import SequenceMatcher

    pieces, others = _PIECE.findall(one), _PIECE.findall(other)
    matcher = SequenceMatcher(None, pieces, others, autojunk=False)
    return "".join(
        "".join(pieces[start:end]) if same == "equal" else ANY
        for same, start, end, _, _ in matcher.get_opcodes()
    )


# --- times -----------------------------------------------------------------------------------


def mask_times(text: str, window: Window) -> str:
    """Replace dates and times within a period by `ANY`."""
    for date in _dates(window):
        text = re.sub(rf"(?<!\d){re.escape(date)}(?!\d)", ANY, text)
    text = _EPOCH.sub(lambda match: ANY if _is_now(match, window) else match[0], text)
    clocks = _clocks(window)
    text = _CLOCK.sub(lambda match: ANY if _is_clock(match, clocks) else match[0], text)
    return re.sub(f"{ANY}[T ]{ANY}", ANY, text)


def _dates(window: Window) -> list[str]:
    import time

    moments = [convert(at) for at in window for convert in (time.localtime, time.gmtime)]
    found = {
        time.strftime(form.replace("%e", day), moment)
        for moment in moments
        for form in _DATES
        # Not padded: as a shell prints it for `echo $(date)`.
        for day in (f"{moment.tm_mday:2}", str(moment.tm_mday))
    }
    return sorted(found, key=lambda date: (-len(date), date))


def _is_now(match: re.Match[str], window: Window) -> bool:
    return window.start - _SLACK <= int(match[1]) <= window.end + _SLACK


def _clocks(window: Window) -> list[tuple[int, int]]:
    """Return the start in seconds of the day and the length, for local time and UTC."""
    import time

    spans = []
    for convert in (time.localtime, time.gmtime):
        moment = convert(window.start)
        first = moment.tm_hour * 3600 + moment.tm_min * 60 + moment.tm_sec
        spans.append((first, int(window.end - window.start)))
    return spans


def _is_clock(match: re.Match[str], clocks: list[tuple[int, int]]) -> bool:
    minutes = int(match[1]) * 60 + int(match[2])
    for first, length in clocks:
        if match[3] is None:
            if (minutes - first // 60) % 1440 <= length // 60 + 1:
                return True
        elif (minutes * 60 + int(match[3]) - first + _SLACK) % 86400 <= length + 2 * _SLACK:
            return True
    return False
