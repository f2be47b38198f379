"""Inserts block counters into a syntax tree (Go: cmd/compile's libfuzzer mode).

A block is code that runs together: the start of a function, the body of an `if`, a loop, a `case`
or a handler, an operand of `and`, `or` or a conditional expression, the element of a comprehension.
Only code in functions is counted: the rest of a module runs once, at import.

See block_code for the inserted nodes and for which blocks are counted and which only marked. Line
numbers stay those of the source.

`ast` is not imported: that costs more than parsing most modules does.
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.instrument.block_code import CompiledCounting, PythonCounting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
# Nodes without any expression that the function evaluates by itself.
_LEAVES = (
    ast.Name,
    ast.Constant,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.boolop,
    ast.alias,
    ast.pattern,
    ast.Global,
    ast.Nonlocal,
    ast.Pass,
    ast.Break,
    ast.Continue,
)


def instrument(
    source: str | bytes, filename: str, base: int, *, compiled: bool = False
) -> tuple[CodeType, int]:
    """Compile source code with block counters; return the code and the number of counters.

    Code that nests too deeply is compiled without counters.

    Args:
        source: the source code of a module.
        filename: its path, for tracebacks.
        base: the number of the first counter.
        compiled: count with the compiled module, which the code then needs to run.

    Raises:
        SyntaxError, ValueError: as `compile` does.
    """
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    rewriter = BlockRewriter(base, compiled=compiled)
    try:
        rewriter.rewrite_module(tree)
        return compile(tree, filename, "exec", dont_inherit=True), rewriter.count
    except RecursionError:
        return compile(source, filename, "exec", dont_inherit=True), 0


class BlockRewriter:
    """Rewrites one tree in place; `count` is the number of counters so far.

    Counter numbers depend on the source alone, so they are the same in every process.
    """

    def __init__(self, base: int, *, compiled: bool = False) -> None:
        self.base = base
        self._counting = CompiledCounting() if compiled else PythonCounting()
        self.count = 0

    def rewrite_module(self, tree: Any) -> None:
        """Rewrite all functions of a module."""
        for node in tree.body:
            self._outside(node)

    # Code outside functions is only searched for functions.

    def _outside(self, node: Any) -> None:
        if isinstance(node, _FUNCTIONS):
            for evaluated_outside in (*node.decorator_list, node.args):
                self._outside(evaluated_outside)
            self._function(node)
        elif isinstance(node, ast.Lambda):
            self._outside(node.args)
            node.body = self._marked(self._expression(node.body))
        elif not isinstance(node, _LEAVES):
            for name in node._fields:
                if name in {"annotation", "type_params"}:
                    continue
                part: Any = getattr(node, name, None)
                for item in part if isinstance(part, list) else (part,):
                    if isinstance(item, ast.AST):
                        self._outside(item)

    def _function(self, node: Any) -> None:
        body = node.body
        first: Any = body[0]
        docstring = (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        )
        start = 1 if docstring else 0
        at = body[start] if len(body) > start else first
        counter = self._counting_statement(at)
        self._statements(body)
        body.insert(start, counter)

    # Statements of a function.

    def _statements(self, body: list[Any]) -> None:
        for node in body:
            self._statement(node)

    def _block(self, body: list[Any]) -> None:
        counter = self._counting_statement(body[0])
        self._statements(body)
        body.insert(0, counter)

    def _statement(self, node: Any) -> None:
        kind = type(node)
        if kind is ast.If:
            self._if(node)
        elif kind is ast.While or kind is ast.For or kind is ast.AsyncFor:
            self._subexpressions(node, skip=("body", "orelse"))
            self._block(node.body)
            if node.orelse:
                self._block(node.orelse)
        elif kind is ast.Try or kind is ast.TryStar:
            self._try(node)
        elif kind is ast.Match:
            self._match(node)
        elif kind is ast.Assert:
            node.test = self._expression(node.test)
            if node.msg is not None:
                node.msg = self._marked(self._expression(node.msg))
        elif kind is ast.With or kind is ast.AsyncWith:
            self._subexpressions(node, skip=("body",))
            self._statements(node.body)
        elif kind is ast.ClassDef or isinstance(node, _FUNCTIONS):
            self._outside(node)
        elif not isinstance(node, _LEAVES) and kind.__name__ != "TypeAlias":
            self._subexpressions(node)

    def _if(self, node: Any) -> None:
        """Count both branches, also a missing else; the branches of an elif imply the elif."""
        while True:
            node.test = self._expression(node.test)
            self._block(node.body)
            if not (len(node.orelse) == 1 and type(node.orelse[0]) is ast.If):
                break
            node = node.orelse[0]
        if node.orelse:
            self._block(node.orelse)
        else:
            node.orelse.append(ast.Expr(self._mark(node.test), **location_of(node.test)))

    def _try(self, node: Any) -> None:
        self._statements(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                handler.type = self._expression(handler.type)
            self._block(handler.body)
        if node.orelse:
            self._block(node.orelse)
        self._statements(node.finalbody)

    def _match(self, node: Any) -> None:
        node.subject = self._expression(node.subject)
        for case in node.cases:
            if case.guard is not None:
                case.guard = self._marked(self._expression(case.guard))
            self._block(case.body)
        last = node.cases[-1]
        if last.guard is not None or not _irrefutable(last.pattern):
            at = last.pattern
            wildcard = ast.MatchAs(pattern=None, name=None, **location_of(at))
            body: Any = [ast.Expr(self._mark(at), **location_of(at))]
            node.cases.append(ast.match_case(pattern=wildcard, guard=None, body=body))

    # Expressions of a function: each method returns the replacement of its argument.

    def _expression(self, node: Any) -> Any:
        if isinstance(node, _LEAVES):
            return node
        kind = type(node)
        if kind is ast.BoolOp:
            values = [self._expression(value) for value in node.values]
            node.values = [values[0], *(self._marked(value) for value in values[1:])]
        elif kind is ast.IfExp:
            node.test = self._expression(node.test)
            node.body = self._counted(self._expression(node.body))
            node.orelse = self._counted(self._expression(node.orelse))
        elif kind is ast.Lambda:
            self._subexpressions(node.args)
            node.body = self._marked(self._expression(node.body))
        elif isinstance(node, _COMPREHENSIONS):
            self._subexpressions(node)
            where = "key" if kind is ast.DictComp else "elt"
            setattr(node, where, self._counted(getattr(node, where)))
        else:
            self._subexpressions(node)
        return node

    def _subexpressions(self, node: Any, skip: tuple[str, ...] = ()) -> None:
        """Rewrite the direct subexpressions of a node."""
        for name in node._fields:
            if name == "annotation" or name in skip:
                continue
            part = getattr(node, name, None)
            if isinstance(part, list):
                for index, item in enumerate(part):
                    if isinstance(item, ast.AST):
                        part[index] = self._expression(item)
            elif isinstance(part, ast.AST):
                setattr(node, name, self._expression(part))

    # The counters themselves.

    def _next(self) -> int:
        self.count += 1
        return self.base + self.count - 1

    def _counting_statement(self, at: Any) -> Any:
        return self._counting.statement(self._next(), location_of(_first_line(at)))

    def _counted(self, node: Any) -> Any:
        return self._counting.expression(self._next(), node, location_of(node))

    def _marked(self, node: Any) -> Any:
        return ast.BoolOp(ast.And(), [self._mark(node), node], **location_of(node))

    def _mark(self, at: Any) -> Any:
        return self._counting.mark(self._next(), location_of(at))


def _irrefutable(pattern: Any) -> bool:
    """Return whether a pattern matches everything, so that no case may follow it."""
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])


def _first_line(node: Any) -> Any:
    """Return the node where a statement's code starts: the first decorator, if there is one."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0] if decorators else node


def location_of(node: Any) -> Any:
    """Return the location attributes of nodes inserted at a node: its start, without extent."""
    line, column = node.lineno, node.col_offset
    return {
        "lineno": line,
        "col_offset": column,
        "end_lineno": line,
        "end_col_offset": column,
    }
