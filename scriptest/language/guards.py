"""Parses guards: the conditions in brackets before a command, such as `[linux && !short]`."""

from __future__ import annotations

from scriptest.language.lexer import Fragment, Problem, Word, read_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_DEPTH = 50
_ENDS_NAME = frozenset(" \t\r#()")


class Expr:
    """A boolean expression over conditions: a `Not`, an `And`, an `Or` or a `Cond`."""

    __slots__ = ()

    def conditions(self) -> Iterator[Cond]:
        """Yield the conditions in the order in which they are written."""
        raise NotImplementedError

    def evaluate(self, holds: Callable[[Cond], bool]) -> bool:
        """Return the value of the expression; evaluation stops once it is known."""
        raise NotImplementedError

    def _key(self) -> tuple[object, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expr):
            return NotImplemented
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._key()))})"


class Cond(Expr):
    """One condition.

    Attributes:
        name: The name before expansion, such as `linux` or `exec:git`.
        column: 1-based.
    """

    __slots__ = ("column", "name")

    def __init__(self, name: Word, column: int) -> None:
        self.name = name
        self.column = column

    def conditions(self) -> Iterator[Cond]:
        """See `Expr.conditions`."""
        yield self

    def evaluate(self, holds: Callable[[Cond], bool]) -> bool:
        """See `Expr.evaluate`."""
        return holds(self)

    def _key(self) -> tuple[object, ...]:
        return self.name, self.column


class Not(Expr):
    """The negation of `term`."""

    __slots__ = ("term",)

    def __init__(self, term: Expr) -> None:
        self.term = term

    def conditions(self) -> Iterator[Cond]:
        """See `Expr.conditions`."""
        yield from self.term.conditions()

    def evaluate(self, holds: Callable[[Cond], bool]) -> bool:
        """See `Expr.evaluate`."""
        return not self.term.evaluate(holds)

    def _key(self) -> tuple[object, ...]:
        return (self.term,)


class _Terms(Expr):
    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expr, ...]) -> None:
        self.terms = terms

    def conditions(self) -> Iterator[Cond]:
        """See `Expr.conditions`."""
        for term in self.terms:
            yield from term.conditions()

    def _key(self) -> tuple[object, ...]:
        return (self.terms,)


class And(_Terms):
    """True if all of `terms` (two or more) are."""

    __slots__ = ()

    def evaluate(self, holds: Callable[[Cond], bool]) -> bool:
        """See `Expr.evaluate`."""
        return all(term.evaluate(holds) for term in self.terms)


class Or(_Terms):
    """True if one of `terms` (two or more) is."""

    __slots__ = ()

    def evaluate(self, holds: Callable[[Cond], bool]) -> bool:
        """See `Expr.evaluate`."""
        return any(term.evaluate(holds) for term in self.terms)


class Guard:
    """One bracket before a command.

    Attributes:
        expr: The command runs only if this is true.
        column: 1-based column of the bracket.
        text: The guard as written, brackets included.
    """

    __slots__ = ("column", "expr", "text")

    def __init__(self, expr: Expr, column: int, text: str) -> None:
        self.expr = expr
        self.column = column
        self.text = text

    def __repr__(self) -> str:
        return f"Guard({self.expr!r}, {self.column}, {self.text!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Guard):
            return NotImplemented
        return (self.expr, self.column, self.text) == (other.expr, other.column, other.text)

    def __hash__(self) -> int:
        return hash((self.expr, self.column, self.text))


def read_guard(text: str, start: int) -> tuple[Guard, int]:
    """Read the guard whose `[` is at `start`; return it and the position after its `]`.

    Raises:
        Problem: The guard is empty, unterminated, or not a boolean expression.
    """
    reader = _GuardReader(text, start)
    expr = reader.disjunction()
    reader.close()
    end = reader.position
    if end < len(text) and text[end] not in " \t\r#[":
        raise Problem(end + 1, "missing space after the `]` that ends the condition")
    return Guard(expr, start + 1, text[start:end]), end


class _GuardReader:
    """A recursive-descent parser of one guard; precedence from low to high: `||`, `&&`, `!`."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.position = start + 1
        self.depth = 0

    def disjunction(self) -> Expr:
        terms = [self.conjunction()]
        while self.accept("||"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def conjunction(self) -> Expr:
        terms = [self.term()]
        while self.accept("&&"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def term(self) -> Expr:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Problem(self.position + 1, "condition is nested too deeply: split the line")
        if self.accept("!"):
            expr: Expr = Not(self.term())
        elif self.accept("("):
            expr = self.group()
        else:
            expr = self.condition()
        self.depth -= 1
        return expr

    def group(self) -> Expr:
        opening = self.position
        expr = self.disjunction()
        char = self.peek()
        if char == "]":
            raise Problem(opening, "unmatched `(`: add a `)` before the `]`")
        if not self.accept(")"):
            raise self.misplaced(char)
        return expr

    def condition(self) -> Cond:
        char = self.peek()
        start = self.position
        if char in "])" or self.text.startswith(("&&", "||"), start):
            raise Problem(
                start + 1, "empty condition: write a condition such as `linux` or `exec:git` here"
            )
        fragments: list[Fragment] = []
        while self.position < len(self.text):
            if self.text[self.position] == "'":
                fragment, self.position = read_quoted(self.text, self.position)
            else:
                end = self.plain_end()
                if end == self.position:
                    break
                fragment = Fragment(self.text[self.position : end], False, self.position + 1)
                self.position = end
            fragments.append(fragment)
        return Cond(Word(tuple(fragments), start + 1), start + 1)

    def plain_end(self) -> int:
        """Return the end of the unquoted part of a name; brackets in a name must be balanced."""
        text, position, brackets = self.text, self.position, 0
        while position < len(text):
            char = text[position]
            if char in _ENDS_NAME or char == "'" or text.startswith(("&&", "||"), position):
                break
            if char == "[":
                brackets += 1
            elif char == "]":
                if not brackets:
                    break
                brackets -= 1
            position += 1
        return position

    def close(self) -> None:
        char = self.peek()
        if char == ")":
            raise Problem(self.position + 1, "unmatched `)`: remove it or add a `(`")
        if not self.accept("]"):
            raise self.misplaced(char)

    def misplaced(self, char: str) -> Problem:
        if "]" not in self.text[self.position :]:
            return self.unterminated()
        return Problem(
            self.position + 1,
            f"expected `&&`, `||` or `]` in the condition before `{char}`"
            " (quote a name that contains blanks or parentheses)",
        )

    def unterminated(self) -> Problem:
        return Problem(self.start + 1, "unterminated `[`: close the condition with `]`")

    def accept(self, token: str) -> bool:
        self.peek()
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def peek(self) -> str:
        """Skip blanks and return the next character; the guard must not end here."""
        text = self.text
        while self.position < len(text) and text[self.position] in " \t\r":
            self.position += 1
        if self.position == len(text):
            raise self.unterminated()
        if text[self.position] == "#":
            raise Problem(
                self.start + 1,
                "unterminated `[`: `#` starts a comment; quote it if the condition contains one",
            )
        return text[self.position]
