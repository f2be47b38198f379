"""The trees of Go expressions, as far as corpus lines need them (Go: go/ast)."""

from __future__ import annotations


class Node:
    """A parsed expression that is nothing more special.

    Attributes:
        offset: the byte offset of its first character.
        is_composite_type: a composite literal may follow it.
    """

    __slots__ = ("is_composite_type", "offset")

    def __init__(self, offset: int, is_composite_type: bool = False) -> None:
        self.offset = offset
        self.is_composite_type = is_composite_type


class Ident(Node):
    """A name."""

    __slots__ = ("name",)

    def __init__(self, offset: int, name: str) -> None:
        super().__init__(offset, True)
        self.name = name


class Literal(Node):
    """A literal: its kind, a token kind of the scanner, and its text as written."""

    __slots__ = ("kind", "text")

    def __init__(self, offset: int, kind: str, text: str) -> None:
        super().__init__(offset)
        self.kind = kind
        self.text = text


class Unary(Node):
    """An operator before an operand."""

    __slots__ = ("operand", "operator")

    def __init__(self, offset: int, operator: str, operand: Node) -> None:
        super().__init__(offset)
        self.operator = operator
        self.operand = operand


class Selector(Node):
    """A name in something: base.name."""

    __slots__ = ("base", "name")

    def __init__(self, base: Node, name: str) -> None:
        super().__init__(base.offset, True)
        self.base = base
        self.name = name


class Call(Node):
    """A call or conversion."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Node, arguments: list[Node]) -> None:
        super().__init__(function.offset)
        self.function = function
        self.arguments = arguments


class Array(Node):
    """An array type, a slice type if it has no length."""

    __slots__ = ("element", "length")

    def __init__(self, offset: int, length: Node | None, element: Node) -> None:
        super().__init__(offset, True)
        self.length = length
        self.element = element


class Chan(Node):
    """A channel type: its value type, and its direction as written with the arrow's offset."""

    __slots__ = ("arrow", "direction", "value")

    def __init__(self, offset: int, direction: str, arrow: int, value: Node) -> None:
        super().__init__(offset)
        self.direction = direction
        self.arrow = arrow
        self.value = value


class Paren(Node):
    """Something in parentheses."""

    __slots__ = ("inner",)

    def __init__(self, offset: int, inner: Node) -> None:
        super().__init__(offset)
        self.inner = inner
