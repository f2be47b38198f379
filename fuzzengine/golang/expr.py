"""A parser for one Go expression, with the errors of Go's (Go: go/parser.ParseExprFrom).

Only what a corpus line may hold becomes a tree: calls, literals, identifiers and what is needed to
tell them from the rest. Everything else Go calls an expression or a type is recognised too, so
that the errors agree, except the statements in a function literal's body, which are skipped.
"""

from __future__ import annotations

from fuzzengine.golang.node import Call, Chan, Ident, Literal, Node, Paren, Selector, Unary
from fuzzengine.golang.scanner import Scanner
from fuzzengine.golang.tokens import EOF, IDENT, LITERALS, Token

# Go stops at 100,000; a corpus line needs two.
_MAX_NESTING = 40

_PRECEDENCE = {
    **dict.fromkeys(("||",), 1),
    **dict.fromkeys(("&&",), 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "="), 3),
    **dict.fromkeys(("+", "-", "|", "^"), 4),
    **dict.fromkeys(("*", "/", "%", "<<", ">>", "&", "&^"), 5),
}

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
EXPRESSION_ENDS = frozenset((",", ":", ";", ")", "]", "}"))


class ExpressionError(ValueError):
    """A line that is no Go expression; the text is Go's."""


class _TooDeepError(Exception):
    pass


def parse(line: bytes) -> Node:
    """Parse a line without line breaks as one Go expression.

    Raises:
        ExpressionError: it is none; the text names the column, in bytes from 1.
    """
    parser = Parser(line)
    expression: Node | None = None
    try:
        expression = parser.expression()
        if parser.token.kind == ";" and parser.token.text == "\n":
            parser.next()
        parser.expect(EOF)
    except _TooDeepError:
        pass
    if expression is None or parser.errors:
        offset, text = min(parser.errors)
        more = f" (and {len(parser.errors) - 1} more errors)" if len(parser.errors) > 1 else ""
        raise ExpressionError(f"(test):1:{offset + 1}: {text}{more}")
    return expression


class Parser:
    """Goes through the tokens of a line, one ahead.

    Attributes:
        token: the token not yet consumed.
        errors: pairs of an offset and a text, the scanner's among them.
    """

    def __init__(self, line: bytes) -> None:
        self._scanner = Scanner(line)
        self.errors = self._scanner.errors
        self._nesting = 0
        self._sync_offset = -1
        self._sync_count = 0
        self.token: Token = self._scanner.scan()

    def next(self) -> None:
        """Consume the token."""
        self.token = self._scanner.scan()

    def error(self, offset: int, text: str) -> None:
        """Note an error, unless there is one already: Go reports one a line, and the scanner's."""
        if not self.errors:
            self.errors.append((offset, text))

    def error_expected(self, what: str, offset: int | None = None) -> None:
        """Note that something else was expected, at the current token or before it."""
        token = self.token
        text = f"expected {what}"
        if offset is None or offset == token.offset:
            if token.kind == ";" and token.text == "\n":
                text += ", found newline"
            elif token.kind in LITERALS:
                text += f", found {token.text}"
            else:
                text += f", found '{token.kind}'"
        self.error(token.offset if offset is None else offset, text)

    def expect(self, kind: str) -> int:
        """Consume a token, complain if it is not of this kind, and return its offset."""
        offset = self.token.offset
        if self.token.kind != kind:
            self.error_expected(f"'{kind}'")
        self.next()
        return offset

    def expect_closing(self, kind: str, context: str) -> int:
        """Do the same, with words for a list that ends in a line break."""
        if kind != ";" and self.token.kind == ";" and self.token.text == "\n":
            self.error(self.token.offset, f"missing ',' before newline in {context}")
            self.next()
        return self.expect(kind)

    def at_comma(self, context: str, closing: str) -> bool:
        """Tell whether a list goes on, complaining of a missing comma."""
        if self.token.kind == ",":
            return True
        if self.token.kind == closing:
            return False
        newline = self.token.kind == ";" and self.token.text == "\n"
        self.error(
            self.token.offset, f"missing ','{' before newline' if newline else ''} in {context}"
        )
        return True

    def advance(self, stops: frozenset[str]) -> None:
        """Skip tokens up to one where parsing can go on, as Go does after an error."""
        while self.token.kind != EOF:
            if self.token.kind in stops:
                if self.token.offset == self._sync_offset and self._sync_count < 10:
                    self._sync_count += 1
                    return
                if self.token.offset > self._sync_offset:
                    self._sync_offset = self.token.offset
                    self._sync_count = 0
                    return
            self.next()

    def enter(self) -> None:
        """Go one level deeper; `leave` comes back."""
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            self.error(self.token.offset, "exceeded max nesting depth")
            raise _TooDeepError

    def leave(self) -> None:
        """Come back from `enter`."""
        self._nesting -= 1

    def identifier(self) -> Ident:
        """Parse a name; without one, complain and return ``_``."""
        token = self.token
        if token.kind == IDENT:
            self.next()
            return Ident(token.offset, token.text)
        self.expect(IDENT)
        return Ident(token.offset, "_")

    def expression(self, precedence: int = 1) -> Node:
        """Parse an expression whose operators bind at least so strongly."""
        left = self._unary()
        while True:
            binding = _PRECEDENCE.get(self.token.kind, 0)
            if binding < precedence:
                return left
            if self.token.kind == "=":
                self.error_expected("'=='")
            self.next()
            self.expression(binding + 1)
            left = Node(left.offset)

    def _unary(self) -> Node:
        self.enter()
        token = self.token
        if token.kind in ("+", "-", "!", "^", "&", "~"):
            self.next()
            result: Node = Unary(token.offset, token.kind, self._unary())
        elif token.kind == "*":
            self.next()
            self._unary()
            result = Node(token.offset)
        elif token.kind == "<-":
            self.next()
            result = self._receive(token.offset, self._unary())
        else:
            result = self._primary()
        self.leave()
        return result

    def _receive(self, arrow: int, operand: Node) -> Node:
        """Tell a receive from a channel type whose arrow was read first."""
        if not isinstance(operand, Chan):
            return Unary(arrow, "<-", operand)
        channel: Node = operand
        direction = "send"
        while isinstance(channel, Chan) and direction == "send":
            if channel.direction == "receive":
                self.error_expected("'chan'", channel.arrow)
            arrow, channel.arrow = channel.arrow, arrow
            channel.offset = channel.arrow
            direction, channel.direction = channel.direction, "receive"
            channel = channel.value
        if direction == "send":
            self.error_expected("channel type", arrow)
        return operand

    def _operand(self) -> Node:
        token = self.token
        if token.kind == IDENT:
            return self.identifier()
        if token.kind in LITERALS:
            self.next()
            return Literal(token.offset, token.kind, token.text)
        if token.kind == "(":
            self.next()
            inner = self.expression()
            self.expect(")")
            return Paren(token.offset, inner)
        from fuzzengine.golang import typeexpr

        if token.kind == "func":
            return typeexpr.function_or_literal(self)
        found = typeexpr.try_type(self)
        if found is not None:
            return found
        self.error_expected("operand")
        self.advance(_STATEMENT_STARTS)
        return Node(token.offset, True)

    def _primary(self) -> Node:
        node = self._operand()
        while True:
            kind = self.token.kind
            if kind == ".":
                node = self._selector(node)
            elif kind == "[":
                node = self._index(node)
            elif kind == "(":
                node = self._call(node)
            elif kind == "{" and _unparenthesized(node).is_composite_type:
                inner = _unparenthesized(node)
                if inner is not node:
                    complaint = "cannot parenthesize type in composite literal"
                    self.error(inner.offset, complaint)
                self._composite()
                node = Node(node.offset)
            else:
                return node

    def _selector(self, base: Node) -> Node:
        self.next()
        if self.token.kind == IDENT:
            return Selector(base, self.identifier().name)
        if self.token.kind == "(":
            self.next()
            if self.token.kind == "type":
                self.next()
            else:
                from fuzzengine.golang import typeexpr

                typeexpr.parse_type(self)
            self.expect(")")
            return Node(base.offset)
        self.error_expected("selector or type assertion")
        if self.token.kind != "}":
            self.next()
        return Selector(base, "_")

    def _index(self, base: Node) -> Node:
        """Parse an index, a slice or type arguments."""
        self.next()
        if self.token.kind == "]":
            self.error_expected("operand")
            self.next()
            return Node(base.offset, True)
        if self.token.kind != ":":
            self.expression()
        is_slice = self.token.kind == ":"
        if is_slice:
            self._slice_bounds()
        else:
            self._type_arguments()
            self.expect("]")
        return Node(base.offset, not is_slice)

    def _slice_bounds(self) -> None:
        """Parse the rest of a slice, from its first colon to the bracket."""
        colons: list[int] = []
        missing: list[tuple[int, str]] = []
        while self.token.kind == ":" and len(colons) < 2:
            colons.append(self.token.offset)
            self.next()
            if self.token.kind in (":", "]", EOF):
                missing.append((colons[-1], ("middle", "final")[len(colons) - 1]))
            else:
                self.expression()
        self.expect("]")
        if len(colons) == 2:
            for colon, name in missing:
                self.error(colon, f"{name} index required in 3-index slice")

    def _type_arguments(self) -> None:
        from fuzzengine.golang import typeexpr

        while self.token.kind == ",":
            self.next()
            if self.token.kind not in ("]", EOF):
                typeexpr.parse_type(self)

    def _call(self, function: Node) -> Node:
        self.next()
        arguments: list[Node] = []
        spread = False
        while self.token.kind not in (")", EOF) and not spread:
            arguments.append(self.expression())
            if self.token.kind == "...":
                spread = True
                self.next()
            if not self.at_comma("argument list", ")"):
                break
            self.next()
        self.expect_closing(")", "argument list")
        return Call(function, arguments)

    def _composite(self) -> None:
        """Parse the braces of a composite literal."""
        self.enter()
        self.expect("{")
        while self.token.kind not in ("}", EOF):
            self._element()
            if self.token.kind == ":":
                self.next()
                self._element()
            if not self.at_comma("composite literal", "}"):
                break
            self.next()
        self.expect_closing("}", "composite literal")
        self.leave()

    def _element(self) -> None:
        if self.token.kind == "{":
            self._composite()
        else:
            self.expression()


def _unparenthesized(node: Node) -> Node:
    while isinstance(node, Paren):
        node = node.inner
    return node
