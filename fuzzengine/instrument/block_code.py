"""The code that is put into a syntax tree to count a block, in two forms.

Chosen by measurement (nanoseconds on one core, Python 3.11 to 3.13; a plain statement is 20-50):

                      in Python                                     compiled (_counters.c)
    statements        counters[7] = step[counters[7]]    33 to 40   hits[7]             13
    expressions       store(counters, 7, step[...]) or   45 to 55   hits[7] and         15
    marks             counters[7] or first(7)            16 to 22   hits[~7]            13

The first two count; `step` is a tuple that stays at 255. A mark only says that the block ran: it is
for operands, lambdas and the missing `else` of an `if`, whose counts add nothing to those of the
blocks around them. All names used are in the builtins (steps.py puts them there).
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.instrument.names import COUNTERS, FIRST, HITS, STEP, STORE

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any

_LOAD = ast.Load()


class PythonBlocks:
    """Counts in plain Python."""

    def statement(self, index: int, place: Any) -> Any:
        """Return a statement that counts."""
        return ast.Assign([_cell(index, place, ast.Store())], _stepped(index, place), **place)

    def counted(self, index: int, node: Any, place: Any) -> Any:
        """Return an expression that counts and has the value of `node`: store returns None."""
        arguments = [name(COUNTERS, place), number(index, place), _stepped(index, place)]
        call = ast.Call(name(STORE, place), arguments, [], **place)
        return ast.BoolOp(ast.Or(), [call, node], **place)

    def mark(self, index: int, place: Any) -> Any:
        """Return a true expression that marks: both sides of its `or` are true."""
        call = ast.Call(name(FIRST, place), [number(index, place)], [], **place)
        return ast.BoolOp(ast.Or(), [_cell(index, place, _LOAD), call], **place)


class CompiledBlocks:
    """Counts with the compiled module, whose every answer is true."""

    def statement(self, index: int, place: Any) -> Any:
        """Return a statement that counts."""
        return ast.Expr(_hit(index, place), **place)

    def counted(self, index: int, node: Any, place: Any) -> Any:
        """Return an expression that counts and has the value of `node`."""
        return ast.BoolOp(ast.And(), [_hit(index, place), node], **place)

    def mark(self, index: int, place: Any) -> Any:
        """Return a true expression that marks."""
        return _hit(~index, place)


def name(text: str, place: Any) -> Any:
    """Return an expression that reads a name."""
    return ast.Name(text, _LOAD, **place)


def number(value: int, place: Any) -> Any:
    """Return a constant."""
    return ast.Constant(value, None, **place)


def _hit(index: int, place: Any) -> Any:
    return ast.Subscript(name(HITS, place), number(index, place), _LOAD, **place)


def _cell(index: int, place: Any, context: Any) -> Any:
    return ast.Subscript(name(COUNTERS, place), number(index, place), context, **place)


def _stepped(index: int, place: Any) -> Any:
    return ast.Subscript(name(STEP, place), _cell(index, place, _LOAD), _LOAD, **place)
