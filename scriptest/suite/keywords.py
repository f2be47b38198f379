"""Parses expressions over the names and tags of scripts: `net and not slow`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_MAX_DEPTH = 50

Predicate = Callable[[str, Iterable[str]], bool]


class KeywordError(ValueError):
    """An invalid expression; the message is one line."""


def parse(expression: str) -> Predicate:
    """Parse an expression of words, `and`, `or`, `not` and parentheses.

    Returns:
        A predicate of a name and tags: a word is true if it is one of the tags, or a part of the
        name in any case.

    Raises:
        KeywordError: the expression is empty or invalid.
    """
    reader = _ExpressionReader(expression)
    predicate = reader.disjunction()
    if reader.words:
        raise reader.error("a word" if reader.words[0] == ")" else "`and` or `or`")
    return predicate


class _ExpressionReader:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.depth = 0
        self.words = expression.replace("(", " ( ").replace(")", " ) ").split()

    def accept(self, word: str) -> bool:
        if self.words[:1] != [word]:
            return False
        del self.words[0]
        return True

    def disjunction(self) -> Predicate:
        left = self.conjunction()
        while self.accept("or"):
            left = _either(left, self.conjunction())
        return left

    def conjunction(self) -> Predicate:
        left = self.term()
        while self.accept("and"):
            left = _both(left, self.term())
        return left

    def term(self) -> Predicate:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise KeywordError(f"the expression is nested deeper than {_MAX_DEPTH} levels")
        predicate = self.operand()
        self.depth -= 1
        return predicate

    def operand(self) -> Predicate:
        if self.accept("not"):
            inner = self.term()
            return lambda name, tags: not inner(name, tags)
        if self.accept("("):
            inner = self.disjunction()
            if not self.accept(")"):
                raise KeywordError(f"`{self.expression}`: unmatched `(`: add a `)`")
            return inner
        if not self.words or self.words[0] in ("and", "or", ")"):
            raise self.error("a word")
        word = self.words.pop(0)
        return lambda name, tags: word.lower() in name.lower() or word in tags

    def error(self, missing: str) -> KeywordError:
        where = f"before `{self.words[0]}`" if self.words else "at the end"
        return KeywordError(f"`{self.expression}`: missing {missing} {where}")


def _either(left: Predicate, right: Predicate) -> Predicate:
    return lambda name, tags: left(name, tags) or right(name, tags)


def _both(left: Predicate, right: Predicate) -> Predicate:
    return lambda name, tags: left(name, tags) and right(name, tags)
