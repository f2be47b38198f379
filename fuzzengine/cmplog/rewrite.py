"""Rewrites a module into comparison-logging code.

Each comparison, and each call that may compare its arguments, becomes a call of the hook that logs
the operands and does the same (see hooks). Counters have the same numbers as in counting code, and
functions nest in the same way, so that a function's code can be exchanged at run time (see switch).
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.cmplog.hooks import LOGGED_FUNCTIONS, LOGGED_METHODS, REGEX_METHODS
from fuzzengine.cmplog.log import (
    LEFT_LENGTH,
    LEFT_LITERAL,
    LEFT_SUBSCRIPT,
    RIGHT_LENGTH,
    RIGHT_LITERAL,
)
from fuzzengine.instrument.block_code import constant_node, name_node
from fuzzengine.instrument.rewrite import BlockRewriter, location_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_COMPARISONS: dict[type, tuple[str, str]] = {
    ast.Eq: ("==", "equal"),
    ast.NotEq: ("!=", "unequal"),
    ast.Lt: ("<", "less"),
    ast.LtE: ("<=", "less_equal"),
    ast.Gt: (">", "greater"),
    ast.GtE: (">=", "greater_equal"),
    ast.In: ("in", "contained"),
    ast.NotIn: ("not in", "not_contained"),
}


def instrument_with_cmplog(
    source: str | bytes, filename: str, base: int, first_site: int, *, compiled: bool = False
) -> tuple[CodeType, list[int]]:
    """Compile `source` with block counters and logged comparisons.

    Args:
        source: the source code of a module.
        filename: its path, for tracebacks.
        base: the number of the first counter.
        first_site: the number of the first site.
        compiled: the code counts with the compiled module.

    Returns:
        The code, and the flags of each site (see `ComparisonLog.site_flags`).

    Raises:
        RecursionError: the code nests too deeply.
    """
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    rewriter = CmplogRewriter(base, first_site, compiled=compiled)
    rewriter.rewrite_module(tree)
    return compile(tree, filename, "exec", dont_inherit=True), rewriter.site_flags


class CmplogRewriter(BlockRewriter):
    """Rewrites one tree in place; `site_flags` has an entry for each site."""

    def __init__(self, base: int, first_site: int, *, compiled: bool = False) -> None:
        super().__init__(base, compiled=compiled)
        self.first_site = first_site
        self.site_flags: list[int] = []
        self._nested_subscripts: set[int] = set()  # identities of the `x[y]` in every `x[y][z]`
        self._regex_methods: set[str] = set()  # variables such as `is_key = KEY.fullmatch`

    def _outside(self, node: Any) -> None:
        self._note_regex_methods(node)
        super()._outside(node)

    def _statement(self, node: Any) -> None:
        self._note_regex_methods(node)
        super()._statement(node)

    def _note_regex_methods(self, node: Any) -> None:
        """Record the variable of an assignment, or the parameters of a function."""
        pairs: list[tuple[str, Any]] = []
        if type(node) is ast.Assign:
            pairs = [(one.id, node.value) for one in node.targets if type(one) is ast.Name]
        elif type(node) is ast.arguments:
            parameters = [*node.posonlyargs, *node.args]
            last = parameters[len(parameters) - len(node.defaults) :]
            pairs = [(one.arg, value) for one, value in zip(last, node.defaults, strict=True)]
            named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            pairs += [(one.arg, value) for one, value in named]
        for name, value in pairs:
            if type(value) is ast.Attribute and value.attr in REGEX_METHODS:
                self._regex_methods.add(name)

    def _expression(self, node: Any) -> Any:
        kind = type(node)
        if kind is ast.Compare:
            flags = [_operand_flags(operand) for operand in (node.left, *node.comparators)]
            return self._compare(super()._expression(node), flags)
        nested = kind is ast.Subscript and id(node) in self._nested_subscripts
        if kind is ast.Subscript and type(node.value) is ast.Subscript:
            nested = True
            self._nested_subscripts.add(id(node.value))
        rewritten = super()._expression(node)
        if kind is ast.Call:
            self._call(rewritten)
        elif kind is ast.Subscript and type(node.ctx) is ast.Load:
            return self._item(rewritten, nested=nested)
        return rewritten

    def _compare(self, node: Any, flags: list[int]) -> Any:
        names = [_COMPARISONS.get(type(op)) for op in node.ops]
        location = location_of(node)
        if len(names) == 1 and names[0] is not None:
            site = self._site(flags[0], flags[1])
            arguments = [constant_node(site, location), node.left, node.comparators[0]]
            return _hook_call(names[0][1], arguments, location)
        if None in names:
            return node
        for index, name in enumerate(names):
            site = constant_node(self._site(flags[index], flags[index + 1]), location)
            assert name is not None
            if not index:
                node.left = _hook_call("first_of_chain", [site, node.left], location)
            arguments = [site, constant_node(name[0], location), node.comparators[index]]
            node.comparators[index] = _hook_call("next_of_chain", arguments, location)
        self._site()  # next_of_chain stores the last operand under this site
        return node

    def _call(self, node: Any) -> None:
        function = node.func
        if type(function) is ast.Name:
            name = function.id
            # A capitalized name may be an Enum, which looks its argument up.
            logged = name in LOGGED_FUNCTIONS or name in self._regex_methods
            logged = logged or (name[:1].isupper() and len(node.args) == 1)
        else:
            logged = getattr(function, "attr", None) in LOGGED_METHODS
        if logged:
            location = location_of(node)
            arguments = [constant_node(self._site(), location), function]
            node.func = _hook_call("call", arguments, location)

    def _item(self, node: Any, *, nested: bool) -> Any:
        if type(node.slice) in {ast.Slice, ast.UnaryOp, ast.Tuple}:
            return node
        location = location_of(node)
        site = self._site(LEFT_SUBSCRIPT if nested else 0)
        arguments = [constant_node(site, location), node.value, node.slice]
        return _hook_call("item", arguments, location)

    def _match(self, node: Any) -> None:
        first = self.first_site + len(self.site_flags)
        shapes = [shape for case in node.cases for shape in self._shapes(case.pattern, first)]
        super()._match(node)
        if shapes:
            location = location_of(node.subject)
            arguments = [
                constant_node(first, location),
                node.subject,
                constant_node(tuple(shapes), location),
            ]
            node.subject = _hook_call("subject", arguments, location)

    def _shapes(self, pattern: Any, first: int) -> tuple[Any, ...]:
        """Return the literals in a pattern, as the shapes that `match_subject` takes.

        Args:
            pattern: a pattern of a case, or a part of one.
            first: the first site of the statement.
        """
        kind = type(pattern)
        if kind is ast.MatchValue and _is_literal(pattern.value):
            return (("value", self._pattern_site(first), _literal(pattern.value)),)
        if kind is ast.MatchOr:
            return tuple(shape for part in pattern.patterns for shape in self._shapes(part, first))
        if kind is ast.MatchAs and pattern.pattern is not None:
            return self._shapes(pattern.pattern, first)
        if kind is ast.MatchSequence:
            return (self._sequence_shape(pattern, first),)
        if kind is ast.MatchClass:
            names = [*range(len(pattern.patterns)), *pattern.kwd_attrs]
            parts = (*pattern.patterns, *pattern.kwd_patterns)
            attributes = zip(names, parts, strict=True)
            content = tuple((name, self._shapes(part, first)) for name, part in attributes)
            return (("class", self._pattern_site(first), content),)
        if kind is ast.MatchMapping:
            return tuple(
                ("mapping", self._pattern_site(first), (key.value, self._shapes(part, first)))
                for key, part in zip(pattern.keys, pattern.patterns, strict=True)
                if type(key) is ast.Constant
            )
        return ()

    def _sequence_shape(self, pattern: Any, first: int) -> tuple[Any, ...]:
        site = self._pattern_site(first, LEFT_LENGTH)
        kinds = [type(part) for part in pattern.patterns]
        elements = tuple(self._shapes(part, first) for part in pattern.patterns)
        if ast.MatchStar not in kinds:
            return "sequence", site, (elements, None)
        star = kinds.index(ast.MatchStar)
        return "sequence", site, (elements[:star], elements[star + 1 :])

    def _pattern_site(self, first: int, left: int = 0) -> int:
        return self._site(left, RIGHT_LITERAL) - first

    def _site(self, left: int = 0, right: int = 0) -> int:
        self.site_flags.append(
            left & (LEFT_LITERAL | LEFT_LENGTH | LEFT_SUBSCRIPT)
            | right & (RIGHT_LITERAL | RIGHT_LENGTH)
        )
        return self.first_site + len(self.site_flags) - 1


def _operand_flags(node: Any) -> int:
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
    """Return the value of a constant, or of a constant with a minus sign."""
    return -_literal(node.operand) if type(node) is ast.UnaryOp else node.value


def _hook_call(hook: str, arguments: list[Any], location: Any) -> Any:
    return ast.Call(name_node(f"__fuzzengine_{hook}__", location), arguments, [], **location)
