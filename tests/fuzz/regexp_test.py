"""Fuzz tests of patterns: no errors but PatternError, Go's matches, and Python's where equal."""

from __future__ import annotations

import re

from fuzzengine import F, T
from scriptest.base import regexp

_ATOMS = ("a", "b", "c", ".", "[ab]", "[^a]", r"\d", r"\.", "1", " ", r"\w", r"\n", r"\t", "B")
_REPEATS = ("", "", "", "*", "+", "?", "{2}", "{1,2}", "+?")


def FuzzPattern(f: F) -> None:
    f.add("a(b|c)*d$", b"xabcd\nad")
    f.add("(?i)[[:alpha:]]{2,}\\b", b"\xffab c\xc3")
    f.add("(", b"")
    f.add("x**\\C(?P<n>a)", b"")

    @f.fuzz
    def _(t: T, pattern: str, data: bytes) -> None:
        try:
            compiled = regexp.compile(pattern)
        except regexp.PatternError as error:
            assert str(error).startswith("not a valid pattern: ")
            return
        spans = compiled.findall_spans(data)
        ends = 0
        for start, end in spans:
            assert ends <= start <= end <= len(data)
            ends = end
        assert compiled.search(data) == (spans[0] if spans else None)
        groups = compiled.groups(data)
        if groups is None:
            assert not spans
            return
        assert groups[0] == spans[0]
        assert len(groups) == compiled.group_count + 1
        for span in groups[1:]:
            assert span is None or spans[0][0] <= span[0] <= span[1] <= spans[0][1]


def FuzzPatternQuote(f: F) -> None:
    f.add("a.b*[c]", "x", "y")

    @f.fuzz
    def _(t: T, text: str, before: str, after: str) -> None:
        try:
            compiled = regexp.compile(regexp.quote(text), multiline=False)
        except regexp.PatternError:
            # Go refuses a pattern that is not UTF-8.
            assert any("\ud800" <= char <= "\udfff" for char in text)
            return
        data = (before + text + after).encode("utf-8", "surrogateescape")
        wanted = text.encode("utf-8", "surrogateescape")
        found = compiled.search(data)
        assert found is not None
        assert data[found[0] : found[1]] == wanted


def FuzzPatternLikePython(f: F) -> None:
    f.add(b"\x00\x03\x10\x21", "abc1 a.b")

    @f.fuzz
    def _(t: T, shape: bytes, text: str) -> None:
        pattern = _pattern(shape[:8])
        # Python tries all ways to divide a text, of which long ones have too many.
        data = text.encode("ascii", "ignore")[:16]
        compiled = regexp.compile(pattern)
        wanted = [match.span() for match in re.finditer(pattern.encode(), data, re.M | re.A)]
        found = compiled.findall_spans(data)
        # After an empty match Python looks for a longer one at the same place; Go does not.
        if re.match(pattern, "", re.M):
            wanted, found = wanted[:1], found[:1]
        assert found == wanted, pattern


def _pattern(shape: bytes) -> str:
    """Return a pattern in which Python's and Go's rules say the same."""
    parts: list[str] = []
    for byte in shape:
        atom, repeat = _ATOMS[byte % len(_ATOMS)], _REPEATS[byte // len(_ATOMS) % len(_REPEATS)]
        parts.append(f"|{atom}{repeat}" if byte > 240 and parts else atom + repeat)
    return "".join(parts)
