"""Chooses scripts by an expression over their names and tags: `net and not slow`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Test = Callable[[str, Iterable[str]], bool]


class KeywordError(ValueError):
    """An expression that cannot be read; the message is one line."""


def parse(expression: str) -> Test:
    """Read an expression of words, `and`, `or`, `not` and parentheses.

    Returns:
        A function of a name and tags: a word holds if it is part of the name, whatever the case,
        or is one of the tags.

    Raises:
        KeywordError: the expression is empty or wrong.
    """
    reader = _ExpressionReader(expression)
    test = reader.alternatives()
    if reader.words:
        missing = "something" if reader.words[0] == ")" else "`and` or `or`"
        raise reader.problem(missing)
    return test


class _ExpressionReader:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.words = expression.replace("(", " ( ").replace(")", " ) ").split()

    def accept(self, word: str) -> bool:
        if self.words[:1] != [word]:
            return False
        del self.words[0]
        return True

    def alternatives(self) -> Test:
        left = self.conjunction()
        while self.accept("or"):
            left = _either(left, self.conjunction())
        return left

    def conjunction(self) -> Test:
        left = self.term()
        while self.accept("and"):
            left = _both(left, self.term())
        return left

    def term(self) -> Test:
        if self.accept("not"):
            inner = self.term()
            return lambda name, tags: not inner(name, tags)
        if self.accept("("):
            inner = self.alternatives()
            if not self.accept(")"):
                raise KeywordError(f"`{self.expression}`: `(` is never closed")
            return inner
        if not self.words or self.words[0] in ("and", "or", ")"):
            raise self.problem()
        word = self.words.pop(0)
        return lambda name, tags: word.lower() in name.lower() or word in tags

    def problem(self, missing: str = "something") -> KeywordError:
        where = f"before `{self.words[0]}`" if self.words else "at the end"
        return KeywordError(f"`{self.expression}`: {missing} is missing {where}")


def _either(left: Test, right: Test) -> Test:
    return lambda name, tags: left(name, tags) or right(name, tags)


def _both(left: Test, right: Test) -> Test:
    return lambda name, tags: left(name, tags) and right(name, tags)
