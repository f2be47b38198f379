"""Syntax tree nodes that count the executions of a block, in Python or with the compiled module.

Chosen by measurement (nanoseconds on one core, Python 3.11 to 3.13; a plain statement is 20-50):

                      in Python                                     compiled (_counters.c)
    statements        counters[7] = step[counters[7]]    33 to 40   hits[7]             13
    expressions       store(counters, 7, step[...]) or   45 to 55   hits[7] and         15
    marks             counters[7] or first(7)            16 to 22   hits[~7]            13

The first two count; `step` is a table of successors in which 255 stays 255. A mark only sets the
counter to 1: it is for operands, lambdas and the missing `else` of an `if`, whose counts add
nothing to those of the surrounding blocks. All these names are builtins (see counters).
"""

from __future__ import annotations

import _ast as ast

from fuzzengine.instrument.names import COUNTERS, FIRST, HITS, STEP, STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOAD = ast.Load()


class PythonCounting:
    """Makes nodes that count in Python."""

    def statement(self, index: int, location: Any) -> Any:
        """Return a statement that counts."""
        cell = _cell(index, location, ast.Store())
        return ast.Assign([cell], _successor(index, location), **location)

    def expression(self, index: int, node: Any, location: Any) -> Any:
        """Return an expression that counts and has the value of `node`: store returns None."""
        arguments = [
            name_node(COUNTERS, location),
            constant_node(index, location),
            _successor(index, location),
        ]
        call = ast.Call(name_node(STORE, location), arguments, [], **location)
        return ast.BoolOp(ast.Or(), [call, node], **location)

    def mark(self, index: int, location: Any) -> Any:
        """Return a true expression that sets the counter to 1: `first` returns True."""
        arguments = [constant_node(index, location)]
        call = ast.Call(name_node(FIRST, location), arguments, [], **location)
        return ast.BoolOp(ast.Or(), [_cell(index, location, _LOAD), call], **location)


class CompiledCounting:
    """Makes nodes that count with the compiled module, where every subscription returns True."""

    def statement(self, index: int, location: Any) -> Any:
        """Return a statement that counts."""
        return ast.Expr(_hit(index, location), **location)

    def expression(self, index: int, node: Any, location: Any) -> Any:
        """Return an expression that counts and has the value of `node`."""
        return ast.BoolOp(ast.And(), [_hit(index, location), node], **location)

    def mark(self, index: int, location: Any) -> Any:
        """Return a true expression that sets the counter to 1."""
        return _hit(~index, location)


def name_node(name: str, location: Any) -> Any:
    """Return an expression that reads a name."""
    return ast.Name(name, _LOAD, **location)


def constant_node(value: Any, location: Any) -> Any:
    """Return a constant."""
    return ast.Constant(value, None, **location)


def _hit(index: int, location: Any) -> Any:
    hits = name_node(HITS, location)
    return ast.Subscript(hits, constant_node(index, location), _LOAD, **location)


def _cell(index: int, location: Any, context: Any) -> Any:
    counters = name_node(COUNTERS, location)
    return ast.Subscript(counters, constant_node(index, location), context, **location)


def _successor(index: int, location: Any) -> Any:
    step = name_node(STEP, location)
    return ast.Subscript(step, _cell(index, location, _LOAD), _LOAD, **location)
