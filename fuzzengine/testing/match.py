"""Selects tests by `-run`, `-skip`, `-fuzz` and `-list` (Go: testing/match.go)."""

from __future__ import annotations

from fuzzengine.testing.pattern import NamePattern, compile_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class FilterError(Exception):
    """A pattern of a flag is malformed; the message names the flag, as in Go."""


class Matcher:
    """Selects tests by their full names, such as `FuzzX/seed#0` (Go: testing.matcher).

    Raises:
        FilterError: a pattern is malformed.
    """

    def __init__(self, patterns: str, flag: str, skips: str = "") -> None:
        self._filter = _compile(patterns, flag) if patterns else None
        self._skip = _compile(skips, "-test.skip") if skips else None
        self._used: set[str] = set()

    def matches(self, name: str) -> bool:
        """Return whether a test is selected, or a subtest of it may be."""
        elements = name.split("/")
        if self._filter is not None and not any(_fits(a, elements) for a in self._filter):
            return False
        if self._skip is None:
            return True
        return not any(len(a) <= len(elements) and _fits(a, elements) for a in self._skip)

    def subtest(self, parent: str, name: str) -> tuple[str, bool]:
        """Return a unique full name of a subtest, and if it is selected (Go: fullName)."""
        full_name = self._unique(f"{parent}/{_rewritten(name)}")
        return full_name, self.matches(full_name)

    def forget_subtests(self) -> None:
        """Forget the names of subtests, so that they can be used again (Go: clearSubNames)."""
        self._used.clear()

    def _unique(self, name: str) -> str:
        candidate, number = name, 0
        if name.endswith("/"):
            candidate = f"{name}#00"
        while candidate in self._used:
            number += 1
            candidate = f"{name}#{number:02d}"
        self._used.add(candidate)
        return candidate


def _fits(patterns: Sequence[NamePattern], elements: Sequence[str]) -> bool:
    return all(p.search(element) for p, element in zip(patterns, elements, strict=False))


def _compile(text: str, flag: str) -> list[list[NamePattern]]:
    alternatives = split_pattern(text)
    compiled = []
    for number, elements in enumerate(alternatives):
        row = []
        for position, element in enumerate(elements):
            rewritten = _rewritten(element)
            try:
                row.append(compile_pattern(rewritten))
            except ValueError as error:
                where = f'element {position} of {flag} ("{rewritten}")'
                if len(alternatives) > 1:
                    where = f"alternation {number} of {where}"
                raise FilterError(f"testing: invalid regexp for {where}: {error}") from None
        compiled.append(row)
    return compiled


def split_pattern(text: str) -> list[list[str]]:
    """Split a pattern at `|` into alternatives and at `/` into elements, except in brackets."""
    alternatives: list[list[str]] = []
    elements: list[str] = []
    square = round_ = start = i = 0
    while i < len(text):
        character = text[i]
        if character == "[":
            square += 1
        elif character == "]":
            square = max(square - 1, 0)
        elif character == "(" and not square:
            round_ += 1
        elif character == ")" and not square:
            round_ -= 1
        elif character == "\\":
            i += 1
        elif character in "/|" and not square and not round_:
            elements.append(text[start:i])
            start = i + 1
            if character == "|":
                alternatives.append(elements)
                elements = []
        i += 1
    elements.append(text[start:])
    alternatives.append(elements)
    return alternatives


def _rewritten(name: str) -> str:
    """Replace spaces by underscores and escape unprintable characters (Go: rewrite)."""
    if name.isidentifier():
        return name
    shown = []
    for character in name:
        if character.isspace():
            shown.append("_")
        elif character.isprintable():
            shown.append(character)
        else:
            shown.append(character.encode("unicode_escape").decode("ascii"))
    return "".join(shown)
