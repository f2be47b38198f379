"""Source locations of block counters, for reports of the code that was reached."""

from __future__ import annotations

import _ast as ast

from fuzzengine.instrument.rewrite import BlockRewriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCK, OPERAND, OTHERWISE = "block", "operand", "otherwise"


class Place:
    """The source location of a counter.

    Attributes:
        kind: BLOCK for statements in whole lines; OPERAND for a part of an expression; OTHERWISE
            for a missing `else` or `case _`, where the source has no block.
        line, end_line: counted from 1, both inclusive.
        column, end_column: in UTF-8 bytes from 0; the end is exclusive.
    """

    __slots__ = ("column", "end_column", "end_line", "kind", "line")

    def __init__(self, kind: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Create a place; `start` and `end` are a line and a column each."""
        self.kind = kind
        self.line, self.column = start
        self.end_line, self.end_column = end


def places_of(source: bytes, filename: str) -> list[Place]:
    """Return the places of a module's counters by number; none if the code nests too deeply.

    Raises:
        SyntaxError, ValueError: as `compile` does.
    """
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    collector = _PlaceCollector(0)
    try:
        collector.rewrite_module(tree)
    except RecursionError:
        return []
    return collector.places


class _PlaceCollector(BlockRewriter):
    """Records the place of each counter just before its number is assigned."""

    def __init__(self, base: int) -> None:
        super().__init__(base)
        self.places: list[Place] = []
        self._extent: tuple[Any, Any] | None = None
        self._kind = OTHERWISE

    def _function(self, node: Any) -> None:
        self._extent = (node, node.body[-1])
        super()._function(node)

    def _block(self, body: list[Any]) -> None:
        self._extent = (body[0], body[-1])
        super()._block(body)

    def _add(self, kind: str, first: Any, last: Any) -> None:
        start, end = (first.lineno, first.col_offset), (last.end_lineno, last.end_col_offset)
        self.places.append(Place(kind, start, end))

    def _counting_statement(self, at: Any) -> Any:
        first, last = self._extent or (at, at)
        self._add(BLOCK, first, last)
        return super()._counting_statement(at)

    def _counted(self, node: Any) -> Any:
        self._add(OPERAND, node, node)
        return super()._counted(node)

    def _marked(self, node: Any) -> Any:
        self._kind = OPERAND
        return super()._marked(node)

    def _mark(self, at: Any) -> Any:
        self._add(self._kind, at, at)
        self._kind = OTHERWISE
        return super()._mark(at)
