"""Puts block counters into a parsed module (Go counterpart: cmd/compile's libfuzzer mode).

A block is what runs together: the start of a function, the body of an `if`, a loop, a `case` or a
handler, either operand side of `and`/`or`/a ternary, the element of a comprehension. Only code in
functions is counted: the rest of a module runs once, when it is imported.

blockcode.py has the code that counts, and says which blocks count and which are only marked. Line
numbers stay those of the source.

`ast` is not imported: it costs more than parsing most modules does.
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.instrument.block_code import CompiledBlocks, PythonBlocks

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
# What holds no expression of the function's own: names, constants, patterns and types.
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
    """Compile `source` with counters `base`, `base`+1, ...; also return how many it uses.

    With `compiled` the code needs the compiled module to run.
    Code that nests too deeply to be walked is compiled as it is, with no counters.

    Raises:
        SyntaxError, ValueError: as `compile` does.
    """
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    blocks = Blocks(base, compiled=compiled)
    try:
        blocks.module(tree)
        return compile(tree, filename, "exec", dont_inherit=True), blocks.count
    except RecursionError:
        return compile(source, filename, "exec", dont_inherit=True), 0


class Blocks:
    """Rewrites one tree in place; `count` is the number of counters given out.

    Numbers follow the order of the source only, so the same source gets the same numbers in
    every process.
    """

    def __init__(self, base: int, *, compiled: bool = False) -> None:
        self.base = base
        self._code = CompiledBlocks() if compiled else PythonBlocks()
        self.count = 0

    def module(self, tree: Any) -> None:
        """Rewrite all functions of a module."""
        for node in tree.body:
            self._outer(node)

    # Code outside functions: nothing is counted, functions are looked for.

    def _outer(self, node: Any) -> None:
        if isinstance(node, _FUNCTIONS):
            for written_outside in (*node.decorator_list, node.args):
                self._outer(written_outside)
            self._function(node)
        elif isinstance(node, ast.Lambda):
            self._outer(node.args)
            node.body = self._marked(self._expression(node.body))
        elif not isinstance(node, _LEAVES):
            for name in node._fields:
                if name in {"annotation", "type_params"}:
                    continue
                part: Any = getattr(node, name, None)
                for item in part if isinstance(part, list) else (part,):
                    if isinstance(item, ast.AST):
                        self._outer(item)

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
            self._parts(node, skip=("body", "orelse"))
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
            self._parts(node, skip=("body",))
            self._statements(node.body)
        elif kind is ast.ClassDef or isinstance(node, _FUNCTIONS):
            self._outer(node)
        elif not isinstance(node, _LEAVES) and kind.__name__ != "TypeAlias":
            self._parts(node)

    def _if(self, node: Any) -> None:
        """Count both sides, also a missing else; an elif is implied by the sides it has itself."""
        while True:
            node.test = self._expression(node.test)
            self._block(node.body)
            if not (len(node.orelse) == 1 and type(node.orelse[0]) is ast.If):
                break
            node = node.orelse[0]
        if node.orelse:
            self._block(node.orelse)
        else:
            node.orelse.append(ast.Expr(self._mark(node.test), **_place(node.test)))

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
            anything = ast.MatchAs(pattern=None, name=None, **_place(at))
            body: Any = [ast.Expr(self._mark(at), **_place(at))]
            node.cases.append(ast.match_case(pattern=anything, guard=None, body=body))

    # Expressions of a function: each method returns what takes the place of its argument.

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
            self._parts(node.args)
            node.body = self._marked(self._expression(node.body))
        elif isinstance(node, _COMPREHENSIONS):
            self._parts(node)
            where = "key" if kind is ast.DictComp else "elt"
            setattr(node, where, self._counted(getattr(node, where)))
        else:
            self._parts(node)
        return node

    def _parts(self, node: Any, skip: tuple[str, ...] = ()) -> None:
        """Rewrite all expressions directly below a node."""
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
        return self._code.statement(self._next(), _place(_start(at)))

    def _counted(self, node: Any) -> Any:
        return self._code.counted(self._next(), node, _place(node))

    def _marked(self, node: Any) -> Any:
        return ast.BoolOp(ast.And(), [self._mark(node), node], **_place(node))

    def _mark(self, at: Any) -> Any:
        return self._code.mark(self._next(), _place(at))


def _irrefutable(pattern: Any) -> bool:
    """Tell whether a pattern matches anything, so that no case may follow it."""
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _irrefutable(pattern.patterns[-1])


def _start(node: Any) -> Any:
    """The first thing of a statement that has code: a decorated function begins above its def."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0] if decorators else node


def _place(node: Any) -> Any:
    line, column = node.lineno, node.col_offset
    return {
        "lineno": line,
        "col_offset": column,
        "end_lineno": line,
        "end_col_offset": column,
    }
