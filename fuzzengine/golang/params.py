"""The parameters of Go functions, for `fuzzengine.golang.typeexpr`."""

from __future__ import annotations

from fuzzengine.golang.expr import EXPRESSION_ENDS, Parser
from fuzzengine.golang.node import Ident, Node
from fuzzengine.golang.tokens import EOF, IDENT
from fuzzengine.golang.typeexpr import (
    array_or_instance,
    parse_type,
    term,
    try_type,
    type_instance,
    type_name,
    union,
)

_PARAMETER_TYPE_STARTS = frozenset(
    (IDENT, "*", "<-", "func", "chan", "map", "struct", "interface", "(")
)


class _Dots(Node):
    """The type of a parameter that takes any number of values."""

    __slots__ = ()


def signature(parser: Parser) -> None:
    """Parse the parameters and the results of a function."""
    _parameters(parser, dots=True)
    if parser.token.kind == "(":
        _parameters(parser, dots=False)
    else:
        try_type(parser)


def _parameters(parser: Parser, *, dots: bool) -> None:
    parser.expect("(")
    if parser.token.kind != ")":
        parameter_list(parser, ")", dots=dots)
    parser.expect(")")


_Parameter = tuple[Ident | None, Node | None]


def parameter_list(
    parser: Parser, closing: str, *, name: Ident | None = None, dots: bool = False
) -> int:
    """Parse parameters up to the closing token and return how many there were.

    Args:
        parser: where they are read from.
        closing: the token after them, which is not consumed.
        name: the first name, if it was read already.
        dots: the last may take any number of values.
    """
    start = name.offset if name else parser.token.offset
    parameters: list[_Parameter] = []
    while name is not None or parser.token.kind not in (closing, EOF):
        parameter = _parameter(parser, name, closing == "]")
        name = None
        if parameter != (None, None):
            parameters.append(parameter)
        if not parser.at_comma("parameter list", closing):
            break
        parser.next()
    if parameters:
        _check_names(parser, parameters, closing == "]", start)
        _check_dots(parser, parameters, dots)
    return len(parameters)


def _check_names(
    parser: Parser, parameters: list[_Parameter], type_parameters: bool, start: int
) -> None:
    """Complain unless all parameters are named or none is."""
    named = sum(1 for name, kind in parameters if name and kind)
    typed = sum(1 for _, kind in parameters if kind)
    if named == len(parameters) or (named == 0 and not type_parameters):
        return
    offset = start if named == 0 else _first_incomplete(parameters)
    if offset is None:
        return
    if named == typed:
        offset = parser.token.offset
        text = "missing type constraint" if type_parameters else "missing parameter type"
    elif type_parameters:
        text = "missing type parameter name"
        if len(parameters) == 1:
            text += " or invalid array length"
    else:
        text = "missing parameter name"
    parser.error(offset, text)


def _first_incomplete(parameters: list[_Parameter]) -> int | None:
    """Return the offset of the leftmost parameter that has no name or can get no type."""
    found: int | None = None
    type_follows = False
    for name, kind in reversed(parameters):
        if kind is not None:
            type_follows = True
            if name is None:
                found = kind.offset
        elif not type_follows and name is not None:
            found = name.offset
    return found


def _check_dots(parser: Parser, parameters: list[_Parameter], dots: bool) -> None:
    for index, (_, kind) in enumerate(parameters):
        if isinstance(kind, _Dots) and not (dots and index + 1 == len(parameters)):
            text = "can only use ... with final parameter" if dots else "invalid use of ..."
            parser.error(kind.offset, text)
            return


def _parameter(parser: Parser, name: Ident | None, type_sets: bool) -> _Parameter:
    """Parse one parameter: a name, a type or both."""
    kind = parser.token.kind
    if name is None and type_sets and kind == "~":
        return None, _whole_union(parser)
    result: _Parameter
    if name is not None or kind == IDENT:
        result = _named_parameter(parser, name or parser.identifier(), type_sets)
    elif kind in _PARAMETER_TYPE_STARTS or kind == "[":
        result = None, parse_type(parser)
    elif kind == "...":
        return None, _dots_type(parser)
    else:
        parser.error_expected("')'")
        parser.advance(EXPRESSION_ENDS)
        return None, None
    if type_sets and parser.token.kind == "|" and result[1] is not None:
        union(parser)
    return result


def _named_parameter(parser: Parser, name: Ident, type_sets: bool) -> _Parameter:
    kind = parser.token.kind
    if kind in _PARAMETER_TYPE_STARTS:
        return name, parse_type(parser)
    if kind == "[":
        return array_or_instance(parser, name)
    if kind == "...":
        return name, _dots_type(parser)
    if kind == ".":
        return None, type_instance(parser, type_name(parser, name))
    if type_sets and kind == "~":
        return name, _whole_union(parser)
    if type_sets and kind == "|":
        union(parser)
        return None, name
    return name, None


def _whole_union(parser: Parser) -> Node:
    node = term(parser)
    union(parser)
    return node


def _dots_type(parser: Parser) -> Node:
    offset = parser.expect("...")
    parse_type(parser)
    return _Dots(offset)
