"""The statements of a source file, as coverage.py counts them."""

from __future__ import annotations

import _ast as ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Statements:
    """The statements of a source file, each known by its first line.

    Attributes:
        lines: the first lines of all statements that can be executed, in order.

    Raises:
        SyntaxError, ValueError: as `compile` does.
    """

    def __init__(self, source: bytes, filename: str) -> None:
        tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        self._source = source.splitlines()
        self._first: dict[int, int] = {}
        self._docstrings: set[int] = set()
        self._visit(tree)
        code = compile(source, filename, "exec", dont_inherit=True)
        self._executable = self.executed(_lines_of(code))
        self.lines = sorted(self._executable)

    def executed(self, lines: set[int]) -> set[int]:
        """Return the first lines of the statements that some lines belong to."""
        return {self._first.get(line, line) for line in lines if line > 0} - self._docstrings

    def first_line(self, line: int) -> int | None:
        """Return the first line of the statement that a line belongs to; None without one."""
        first = self._first.get(line, line)
        return first if first in self._executable else None

    def _visit(self, node: Any) -> None:
        """Note the first line of each statement for all of its lines."""
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            for child in getattr(node, name, ()):
                self._note(child)
                self._visit(child)
                self._join_lines(child)
        if isinstance(node, _WITH_DOCSTRING) and _is_docstring(node.body):
            first = node.body[0]
            self._docstrings.update(range(first.lineno, (first.end_lineno or 0) + 1))

    def _note(self, node: Any) -> None:
        body = getattr(node, "body", None)
        first: int = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        last: int = _start(body[0]) - 1 if body else node.end_lineno
        for line in range(first, last + 1):
            self._first[line] = first
        for decorator in getattr(node, "decorator_list", ()):
            for line in range(decorator.lineno, decorator.end_lineno + 1):
                self._first[line] = decorator.lineno

    def _join_lines(self, node: Any) -> None:
        """Count the body of a compound statement as part of it if it follows on the same line."""
        body = getattr(node, "body", None)
        if body and self._source[body[0].lineno - 1][: body[0].col_offset].strip():
            first = self._first.get(node.lineno, node.lineno)
            for line in range(body[0].lineno, body[-1].end_lineno + 1):
                self._first[line] = first


def _start(node: Any) -> int:
    """Return the first line of a statement, that of its first decorator if it has any."""
    decorators = getattr(node, "decorator_list", ())
    start: int = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return start


def _is_docstring(body: Any) -> bool:
    return bool(body) and (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _lines_of(code: CodeType) -> set[int]:
    """Return the lines of a code object and of those inside it."""
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            found |= _lines_of(constant)
    return found
