"""Go's type expressions, as far as a parser of corpus lines must know them to agree with Go.

No corpus line with such a type is valid but ``[]byte``; the rest is here so that the error names
the same column (Go: the type half of go/parser).
"""

from __future__ import annotations

from fuzzengine.golang.expr import EXPRESSION_ENDS, Parser
from fuzzengine.golang.node import Array, Chan, Ident, Node, Paren, Selector
from fuzzengine.golang.tokens import EOF, IDENT, STRING

_STATEMENT_STARTS = frozenset(
    [
        "break",
        "const",
        "continue",
        "defer",
        "fallthrough",
        "for",
        "go",
        "goto",
        "if",
        "return",
        "select",
        "switch",
        "type",
        "var",
    ]
)


def try_type(parser: Parser) -> Node | None:
    """Parse a type if one starts here."""
    kind = parser.token.kind
    parse = _TYPE_PARSERS.get(kind)
    if parse is None:
        return None
    parser.enter()
    node = parse(parser)
    parser.leave()
    return node


def parse_type(parser: Parser) -> Node:
    """Parse a type, complaining when there is none."""
    found = try_type(parser)
    if found is not None:
        return found
    offset = parser.token.offset
    parser.error_expected("type")
    parser.advance(EXPRESSION_ENDS)
    return Node(offset, True)


def _named(parser: Parser) -> Node:
    return type_instance(parser, type_name(parser))


def type_name(parser: Parser, first: Ident | None = None) -> Node:
    """Parse a name or a name in a package."""
    first = first or parser.identifier()
    if parser.token.kind != ".":
        return first
    parser.next()
    return Selector(first, parser.identifier().name)


def type_instance(parser: Parser, node: Node) -> Node:
    """Parse type arguments after a type name, if there are any."""
    if parser.token.kind != "[":
        return node
    parser.next()
    count = 0
    while parser.token.kind not in ("]", EOF):
        parse_type(parser)
        count += 1
        if not parser.at_comma("type argument list", "]"):
            break
        parser.next()
    closing = parser.expect_closing("]", "type argument list")
    if not count:
        parser.error_expected("type argument list", closing)
    return Node(node.offset, True)


def _array(parser: Parser) -> Node:
    opening = parser.expect("[")
    length: Node | None = None
    if parser.token.kind == "...":
        length = Node(parser.token.offset)
        parser.next()
    elif parser.token.kind != "]":
        length = parser.expression()
    if parser.token.kind == ",":
        parser.error(parser.token.offset, "unexpected comma; expecting ]")
        parser.next()
    parser.expect("]")
    return Array(opening, length, parse_type(parser))


def _pointer(parser: Parser) -> Node:
    offset = parser.expect("*")
    parse_type(parser)
    return Node(offset)


def _map(parser: Parser) -> Node:
    offset = parser.expect("map")
    parser.expect("[")
    parse_type(parser)
    parser.expect("]")
    parse_type(parser)
    return Node(offset, True)


def _channel(parser: Parser) -> Node:
    offset = parser.token.offset
    arrow = -1
    direction = "both"
    if parser.token.kind == "chan":
        parser.next()
        if parser.token.kind == "<-":
            arrow = parser.token.offset
            direction = "send"
            parser.next()
    else:
        arrow = parser.expect("<-")
        direction = "receive"
        parser.expect("chan")
    return Chan(offset, direction, arrow, parse_type(parser))


def _parenthesized(parser: Parser) -> Node:
    offset = parser.expect("(")
    inner = parse_type(parser)
    parser.expect(")")
    return Paren(offset, inner)


def _struct(parser: Parser) -> Node:
    offset = parser.expect("struct")
    parser.expect("{")
    while parser.token.kind in (IDENT, "*", "("):
        _field(parser)
    parser.expect("}")
    return Node(offset, True)


def _field(parser: Parser) -> None:
    """Parse one field declaration of a struct."""
    kind = parser.token.kind
    if kind == IDENT:
        _named_field(parser)
    elif kind == "*":
        parser.next()
        _embedded_pointer(parser)
    else:
        parser.error(parser.token.offset, "cannot parenthesize embedded type")
        parser.next()
        if parser.token.kind == "*":
            parser.next()
        _named(parser)
        if parser.token.kind == ")":
            parser.next()
    if parser.token.kind == STRING:
        parser.next()
    _end_of_field(parser)


def _embedded_pointer(parser: Parser) -> None:
    parenthesized = parser.token.kind == "("
    if parenthesized:
        parser.error(parser.token.offset, "cannot parenthesize embedded type")
        parser.next()
    _named(parser)
    if parenthesized and parser.token.kind == ")":
        parser.next()


def _named_field(parser: Parser) -> None:
    name = parser.identifier()
    kind = parser.token.kind
    if kind == ".":
        type_instance(parser, type_name(parser, name))
        return
    if kind in (STRING, ";", "}"):
        return
    several = kind == ","
    while parser.token.kind == ",":
        parser.next()
        parser.identifier()
    if parser.token.kind == "[" and not several:
        array_or_instance(parser, name)
    else:
        parse_type(parser)


def array_or_instance(parser: Parser, name: Ident) -> tuple[Ident | None, Node]:
    """Parse ``name [N]T`` or ``name[T]``; return the type, and the name in the former case."""
    opening = parser.expect("[")
    arguments: list[Node] = []
    trailing_comma: int | None = None
    if parser.token.kind != "]":
        arguments.append(parser.expression())
        while parser.token.kind == ",":
            comma = parser.token.offset
            parser.next()
            if parser.token.kind == "]":
                trailing_comma = comma
                break
            arguments.append(parser.expression())
    parser.expect("]")
    if not arguments:
        return name, Array(opening, None, parse_type(parser))
    if len(arguments) == 1:
        element = try_type(parser)
        if element is not None:
            if trailing_comma is not None:
                parser.error(trailing_comma, "unexpected comma; expecting ]")
            return name, Array(opening, arguments[0], element)
    return None, Node(name.offset, True)


def _end_of_field(parser: Parser) -> None:
    """Consume the semicolon that ends a field or a method."""
    kind = parser.token.kind
    if kind in (")", "}"):
        return
    if kind not in (",", ";"):
        parser.error_expected("';'")
        parser.advance(_STATEMENT_STARTS)
        return
    if kind == ",":
        parser.error_expected("';'")
    parser.next()


def _interface(parser: Parser) -> Node:
    offset = parser.expect("interface")
    parser.expect("{")
    while True:
        if parser.token.kind == IDENT:
            if not _method(parser):
                union(parser)
        elif parser.token.kind == "~":
            term(parser)
            union(parser)
        elif try_type(parser) is not None:
            union(parser)
        else:
            break
        _end_of_field(parser)
    parser.expect("}")
    return Node(offset)


def _method(parser: Parser) -> bool:
    """Parse a method or an embedded type of an interface, and tell whether it is a method."""
    from fuzzengine.golang import params

    name = type_name(parser)
    if not isinstance(name, Ident):
        type_instance(parser, name)
        return False
    if parser.token.kind == "(":
        params.signature(parser)
        return True
    if parser.token.kind == "[":
        return _method_type_parameters(parser)
    return False


def _method_type_parameters(parser: Parser) -> bool:
    """Parse the brackets after a name in an interface: type arguments, or an error in Go."""
    from fuzzengine.golang import params

    opening = parser.expect("[")
    first = parser.expression()
    if isinstance(first, Ident) and parser.token.kind not in (",", "]"):
        params.parameter_list(parser, "]", name=first)
        parser.expect("]")
        parser.error(opening, "interface method must have no type parameters")
        params.signature(parser)
        return True
    if parser.at_comma("type argument list", "]"):
        parser.next()
        while parser.token.kind not in ("]", EOF):
            parse_type(parser)
            if not parser.at_comma("type argument list", "]"):
                break
            parser.next()
    parser.expect_closing("]", "type argument list")
    return False


def union(parser: Parser) -> None:
    """Parse the terms that follow one of a union."""
    while parser.token.kind == "|":
        parser.next()
        term(parser)


def term(parser: Parser) -> Node:
    """Parse one term of a union."""
    offset = parser.token.offset
    if parser.token.kind == "~":
        parser.next()
        parse_type(parser)
        return Node(offset)
    found = try_type(parser)
    if found is not None:
        return found
    parser.error_expected("~ term or type")
    parser.advance(EXPRESSION_ENDS)
    return Node(offset, True)


def function_or_literal(parser: Parser) -> Node:
    """Parse a function type, or a function literal whose body is skipped to its brace."""
    node = _function(parser)
    if parser.token.kind != "{":
        return node
    depth = 0
    while parser.token.kind != EOF:
        depth += {"{": 1, "}": -1}.get(parser.token.kind, 0)
        if depth == 0:
            break
        parser.next()
    parser.expect("}")
    return Node(node.offset)


def _function(parser: Parser) -> Node:
    from fuzzengine.golang import params

    offset = parser.expect("func")
    if parser.token.kind == "[":
        _type_parameters(parser)
    params.signature(parser)
    return Node(offset)


def _type_parameters(parser: Parser) -> None:
    """Parse type parameters where Go takes none."""
    from fuzzengine.golang import params

    opening = parser.expect("[")
    count = 0
    if parser.token.kind != "]":
        count = params.parameter_list(parser, "]")
    closing = parser.expect("]")
    if count:
        parser.error(opening, "function type must have no type parameters")
    else:
        parser.error(closing, "empty type parameter list")


_TYPE_PARSERS = {
    IDENT: _named,
    "[": _array,
    "struct": _struct,
    "*": _pointer,
    "func": _function,
    "interface": _interface,
    "map": _map,
    "chan": _channel,
    "<-": _channel,
    "(": _parenthesized,
}
