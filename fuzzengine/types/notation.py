"""The notation of structured values in corpus files: one Python expression per line.

    Order(id=7, lines=[Line(name='a', price=1.5)], status=Status.OPEN, note=None)

Lines are read with Python's own parser and never evaluated. They cannot be mistaken for the lines
of Go's kinds, which are conversions such as int(7).
"""

from __future__ import annotations

import _ast

from fuzzengine.types.kinds import (
    BYTES,
    FLOAT32,
    Kind,
    float64_bits,
    float64_from_bits,
    round_float32,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST
_DONT_IMPLY_DEDENT = 0x200
_PLAIN_NAN = 0x7FF8000000000000


class ReadError(ValueError):
    """An expression is not a value of the expected type; `column` counts bytes from 0."""

    def __init__(self, node: Node, text: str) -> None:
        super().__init__(text)
        self.column: int = getattr(node, "col_offset", 0)


def parse(line: bytes) -> Node:
    """Parse a line of a corpus file into a node of Python's syntax tree.

    Raises:
        ReadError: the line is not an expression.
    """
    import warnings

    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        mistake = ReadError(None, r"bytes that are not UTF-8; write them as \udc80 to \udcff")
        mistake.column = error.start
        raise mistake from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(text, "", "eval", _ONLY_AST | _DONT_IMPLY_DEDENT).body
    except SyntaxError as error:
        mistake = ReadError(None, error.msg)
        mistake.column = max((error.offset or 1) - 1, 0)
        raise mistake from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ReadError(None, str(error) or "nested too deeply") from None


def name_of(node: Node) -> str:
    """Return a dotted name such as `Status.OPEN`, or "" for another expression."""
    if isinstance(node, _ast.Name):
        return node.id
    if isinstance(node, _ast.Attribute):
        base = name_of(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def call_of(node: Node) -> tuple[str, list[Node], dict[str, Node]] | None:
    """Return a call's name, positional and keyword arguments: `Point(1, y=2)`; None if no call."""
    if not isinstance(node, _ast.Call) or not name_of(node.func):
        return None
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in named:
            raise ReadError(keyword.value, "want name=value, each name once")
        named[keyword.arg] = keyword.value
    return name_of(node.func), list(node.args), named


def type_of_node(node: Node) -> str:
    """Return the type of an expression for error messages, such as `int` or `a list`."""
    if isinstance(node, _ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    if isinstance(node, _ast.Call):
        return f"{name_of(node.func) or '...'}(...)"
    if isinstance(node, _ast.UnaryOp):
        return type_of_node(node.operand)
    if name_of(node):
        return "float" if name_of(node) in ("nan", "inf") else name_of(node)
    return {"List": "a list", "Tuple": "a tuple", "Dict": "a dict", "Set": "a set"}.get(
        type(node).__name__, "an expression"
    )


def elements_of(node: Node, form: str) -> list[Node] | None:
    """Return the elements of an expression of this form (List, Tuple or Set), or None."""
    return list(node.elts) if type(node).__name__ == form else None


def write_leaf(value: object) -> str:
    """Return the notation of a value of one of Go's kinds; an unusual NaN has its bits."""
    if isinstance(value, float) and value != value:
        bits = float64_bits(value)
        return "nan" if bits == _PLAIN_NAN else f"nan(0x{bits:x})"
    return repr(value)


def read_leaf(kind: Kind, node: Node) -> object:
    """Return the value of an expression of one of Go's kinds.

    Raises:
        ReadError: the expression is of another type, or out of range.
    """
    value = _number(node) if kind.python_type in (int, float) else _constant(node)
    if kind.python_type is float and type(value) is int and abs(value) < 1 << 1023:
        value = float(value)
    if value is None:
        raise ReadError(node, f"want {_shown(kind)}, not {type_of_node(node)}")
    if type(value) is not kind.python_type:
        raise ReadError(node, f"want {_shown(kind)}, not {type(value).__name__}")
    if kind is FLOAT32 and isinstance(value, float):
        value = round_float32(value)
    objection = kind.objection(value)
    if objection is not None:
        raise ReadError(node, objection)
    return value


def constant_of(node: Node) -> object:
    """Return the number, string, bytes or bool of a literal; None for another expression."""
    number = _number(node)
    return _constant(node) if number is None else number


def _shown(kind: Kind) -> str:
    return "bytes" if kind is BYTES else {"string": "str"}.get(kind.name, kind.name)


def _constant(node: Node) -> object:
    return node.value if isinstance(node, _ast.Constant) else None


def _number(node: Node) -> object:
    if isinstance(node, _ast.UnaryOp) and isinstance(node.op, _ast.USub | _ast.UAdd):
        value = _number(node.operand)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return -value if isinstance(node.op, _ast.USub) else value
    name = name_of(node)
    if name in ("nan", "inf"):
        return float(name)
    call = call_of(node)
    if call is not None and call[0] == "nan" and len(call[1]) == 1 and not call[2]:
        bits = _constant(call[1][0])
        if isinstance(bits, int) and 0 <= bits < 1 << 64:
            value = float64_from_bits(bits)
            return value if value != value else None
    return _constant(node)
