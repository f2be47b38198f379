"""The second flavour of the rewriting: counters as in the first, and compares that are logged.

Each compare, and each call that may look for something in its argument, becomes a call of the
function of compares.py that does the same and notes the operands. Counters get the same numbers
as in the first flavour, and functions nest in the same way, so that the code of a function can be
exchanged while it lives (flavours.py).
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.cmplog.hooks import FUNCTIONS, METHODS
from fuzzengine.cmplog.log import (
    LEFT_LENGTH,
    LEFT_LITERAL,
    LEFT_SUBSCRIPT,
    RIGHT_LENGTH,
    RIGHT_LITERAL,
)
from fuzzengine.instrument.block_code import name as _name
from fuzzengine.instrument.block_code import number as _number
from fuzzengine.instrument.rewrite import Blocks, _place

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_COMPARES: dict[type, tuple[str, str]] = {
    ast.Eq: ("==", "equal"),
    ast.NotEq: ("!=", "unequal"),
    ast.Lt: ("<", "less"),
    ast.LtE: ("<=", "less_equal"),
    ast.Gt: (">", "greater"),
    ast.GtE: (">=", "greater_equal"),
    ast.In: ("in", "contained"),
    ast.NotIn: ("not in", "not_contained"),
}


def instrument_compares(
    source: str | bytes, filename: str, base: int, first_site: int, *, compiled: bool = False
) -> tuple[CodeType, list[int]]:
    """Compile `source` with counters from `base` on and logged compares.

    Returns:
        The code, and of each site (numbered from `first_site`) what is known (`Log.about`).

    Raises:
        RecursionError: code that nests too deeply.
    """
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    blocks = LoggingBlocks(base, first_site, compiled=compiled)
    blocks.module(tree)
    return compile(tree, filename, "exec", dont_inherit=True), blocks.about


class LoggingBlocks(Blocks):
    """Rewrites one tree in place; `about` has an entry for each site given out."""

    def __init__(self, base: int, first_site: int, *, compiled: bool = False) -> None:
        super().__init__(base, compiled=compiled)
        self.first_site = first_site
        self.about: list[int] = []
        self._rows: set[int] = set()  # the `x[y]` of every `x[y][z]`, by identity

    def _expression(self, node: Any) -> Any:
        kind = type(node)
        if kind is ast.Compare:
            about = [_about(operand) for operand in (node.left, *node.comparators)]
            return self._compare(super()._expression(node), about)
        nested = kind is ast.Subscript and id(node) in self._rows
        if kind is ast.Subscript and type(node.value) is ast.Subscript:
            nested = True
            self._rows.add(id(node.value))
        rewritten = super()._expression(node)
        if kind is ast.Call:
            self._call(rewritten)
        elif kind is ast.Subscript and type(node.ctx) is ast.Load:
            return self._item(rewritten, nested=nested)
        return rewritten

    def _compare(self, node: Any, about: list[int]) -> Any:
        names = [_COMPARES.get(type(op)) for op in node.ops]
        place = _place(node)
        if len(names) == 1 and names[0] is not None:
            site = self._site(about[0], about[1])
            arguments = [_number(site, place), node.left, node.comparators[0]]
            return _helper(names[0][1], arguments, place)
        if None in names:
            return node
        for index, name in enumerate(names):
            site = self._site(about[index], about[index + 1])
            assert name is not None
            if not index:
                node.left = _helper("first_of_chain", [_number(site, place), node.left], place)
            arguments = [_number(site, place), _constant(name[0], place), node.comparators[index]]
            node.comparators[index] = _helper("next_of_chain", arguments, place)
        self._site()  # where next_of_chain leaves the last operand
        return node

    def _call(self, node: Any) -> None:
        function = node.func
        name = getattr(function, "attr", None)
        if type(function) is ast.Name:
            name = function.id
            # A name with a capital may be that of an Enum, which looks its argument up.
            wanted = name in FUNCTIONS or (name[:1].isupper() and len(node.args) == 1)
        else:
            wanted = name in METHODS
        if wanted:
            place = _place(node)
            node.func = _helper("call", [_number(self._site(), place), function], place)

    def _item(self, node: Any, *, nested: bool) -> Any:
        if type(node.slice) in {ast.Slice, ast.UnaryOp, ast.Tuple}:
            return node
        place = _place(node)
        table = LEFT_SUBSCRIPT if nested else 0
        arguments = [_number(self._site(table), place), node.value, node.slice]
        return _helper("item", arguments, place)

    def _match(self, node: Any) -> None:
        first = len(self.about)
        shapes = [shape for case in node.cases for shape in self._shapes(case.pattern, first)]
        super()._match(node)
        if shapes:
            place = _place(node.subject)
            arguments = [
                _number(self.first_site + first, place),
                node.subject,
                _constant(tuple(shapes), place),
            ]
            node.subject = _helper("subject", arguments, place)

    def _shapes(self, pattern: Any, first: int) -> list[Any]:
        """The literals in a pattern, in the form that compares.subject takes."""
        kind = type(pattern)
        if kind is ast.MatchValue and _is_literal(pattern.value):
            return [("value", self._number(0, first), _literal(pattern.value))]
        if kind is ast.MatchOr:
            return [shape for one in pattern.patterns for shape in self._shapes(one, first)]
        if kind is ast.MatchAs and pattern.pattern is not None:
            return self._shapes(pattern.pattern, first)
        if kind is ast.MatchSequence:
            number = self._number(LEFT_LENGTH, first)
            kinds = [type(one) for one in pattern.patterns]
            star = kinds.index(ast.MatchStar) if ast.MatchStar in kinds else -1
            elements = [tuple(self._shapes(one, first)) for one in pattern.patterns]
            if star < 0:
                return [("sequence", number, (tuple(elements), None))]
            return [("sequence", number, (tuple(elements[:star]), tuple(elements[star + 1 :])))]
        if kind is ast.MatchClass:
            named: list[Any] = [*range(len(pattern.patterns)), *pattern.kwd_attrs]
            inner = zip(named, (*pattern.patterns, *pattern.kwd_patterns), strict=True)
            content = tuple((name, tuple(self._shapes(one, first))) for name, one in inner)
            return [("class", self._number(0, first), content)]
        if kind is ast.MatchMapping:
            pairs = zip(pattern.keys, pattern.patterns, strict=True)
            return [
                ("mapping", self._number(0, first), (key.value, tuple(self._shapes(one, first))))
                for key, one in pairs
                if type(key) is ast.Constant
            ]
        return []

    def _number(self, about: int, first: int) -> int:
        return self._site(about, RIGHT_LITERAL) - self.first_site - first

    def _site(self, left: int = 0, right: int = 0) -> int:
        self.about.append(
            left & (LEFT_LITERAL | LEFT_LENGTH | LEFT_SUBSCRIPT)
            | right & (RIGHT_LITERAL | RIGHT_LENGTH)
        )
        return self.first_site + len(self.about) - 1


def _about(node: Any) -> int:
    if _is_literal(node):
        return LEFT_LITERAL | RIGHT_LITERAL
    if type(node) is ast.Call and type(node.func) is ast.Name and node.func.id == "len":
        return LEFT_LENGTH | RIGHT_LENGTH
    return 0


def _is_literal(node: Any) -> bool:
    kind = type(node)
    if kind is ast.UnaryOp:
        return _is_literal(node.operand)
    if kind in {ast.Tuple, ast.List, ast.Set}:
        return all(_is_literal(element) for element in node.elts)
    return kind is ast.Constant


def _literal(node: Any) -> Any:
    """The value of a constant, or of one with a minus sign."""
    return -_literal(node.operand) if type(node) is ast.UnaryOp else node.value


def _helper(name: str, arguments: list[Any], place: Any) -> Any:
    return ast.Call(_name(f"__fuzzengine_{name}__", place), arguments, [], **place)


def _constant(value: Any, place: Any) -> Any:
    return ast.Constant(value, None, **place)
