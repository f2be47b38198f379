"""Generates texts that match a regular expression, from its parsed pattern."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


_CLASSES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_NOT_WORD": "-",
}
_ORDINARY = "a0 -_A.,:/\n!"
VARIANTS = 6
LONGEST = 4096
"""The most characters of a repeated part."""


def examples(pattern: str | bytes, flags: int = 0) -> Iterator[str | bytes]:
    """Yield up to VARIANTS texts that should match, and nothing for a malformed pattern.

    The texts differ in the branches taken and in the number of repetitions. Look-around is
    ignored, so a text may fail to match.
    """
    import re
    from re import _parser  # type: ignore[attr-defined]

    text = pattern.decode("latin-1") if isinstance(pattern, (bytes, bytearray)) else pattern
    given = set()
    for variant in range(VARIANTS):
        try:
            made = _Maker(variant).sequence(_parser.parse(text, flags & ~re.UNICODE))
        except (re.error, RecursionError, OverflowError, ValueError):
            return
        if made not in given:
            given.add(made)
            yield made.encode("latin-1", "replace") if isinstance(pattern, bytes) else made


class _Maker:
    def __init__(self, variant: int) -> None:
        self.variant = variant
        self.groups: dict[int, str] = {}

    def sequence(self, parsed: Any) -> str:
        return "".join(self.one(str(op), argument) for op, argument in parsed)

    def one(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return chr(argument)
        if op == "NOT_LITERAL":
            return next(c for c in _ORDINARY if ord(c) != argument)
        if op == "ANY":
            return "a"
        if op == "IN":
            return self.member(argument)
        if op == "BRANCH":
            branches = argument[1]
            return self.sequence(branches[self.variant % len(branches)])
        if op in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            return self.repeated(*argument)
        if op == "SUBPATTERN":
            made = self.sequence(argument[3])
            if argument[0] is not None:
                self.groups[argument[0]] = made
            return made
        if op == "ATOMIC_GROUP":
            return self.sequence(argument)
        if op == "GROUPREF":
            return self.groups.get(argument, "")
        return ""

    def repeated(self, least: int, most: int, inner: Any) -> str:
        count = min(least + (0, 1, 2, 3, 0, 4)[self.variant % 6], int(most), least + 4)
        one = self.sequence(inner)
        return one * min(count, LONGEST // (len(one) or 1))

    def member(self, items: Any) -> str:
        negated = str(items[0][0]) == "NEGATE"
        if not negated:
            op, argument = items[self.variant % len(items)]
            return _some(str(op), argument)
        for character in _ORDINARY:
            if not any(_has(str(op), argument, character) for op, argument in items[1:]):
                return character
        return "~"


def _some(op: str, argument: Any) -> str:
    if op == "LITERAL":
        return chr(argument)
    if op == "RANGE":
        return chr(argument[0])
    return _CLASSES.get(str(argument), "a")


def _has(op: str, argument: Any, character: str) -> bool:
    if op == "LITERAL":
        return bool(ord(character) == argument)
    if op == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    name = str(argument)
    positive = {
        "DIGIT": character.isdigit(),
        "SPACE": character.isspace(),
        "WORD": character.isalnum() or character == "_",
    }[name.rpartition("_")[2]]
    return positive is not ("NOT" in name)
