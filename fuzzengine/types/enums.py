"""Types of enums, flags and literals, whose trees are numbers."""

from __future__ import annotations

import _ast

from fuzzengine.types.base import StructuredType, TypeMismatchError
from fuzzengine.types.notation import ReadError, call_of, constant_of, name_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree


class EnumType(StructuredType):
    """An Enum or a Literal; the tree is the index of a value.

    Attributes:
        values: the members of the enum, or the values of the literal.
        texts: the notation of each.
    """

    __slots__ = ("texts", "values")

    def __init__(self, name: str, values: Sequence[Any], texts: Sequence[str]) -> None:
        super().__init__(name)
        self.values = list(values)
        self.texts = list(texts)

    def zero(self) -> object:
        """Return the index of the first value."""
        return 0

    def build(self, tree: Tree) -> Any:
        """Return the value."""
        return self.values[tree]

    def to_tree(self, value: Any) -> Tree:
        """Return the index of the value of the same type that is equal."""
        for index, known in enumerate(self.values):
            if type(known) is type(value) and known == value:
                return index
        raise TypeMismatchError(f"{value!r} is not {self.name}")

    def write(self, tree: Tree) -> str:
        """Return the name, such as `Status.OPEN`, or the literal."""
        return self.texts[tree]

    def read(self, node: Node) -> Tree:
        """Return the index of a name or a literal."""
        name = name_of(node)
        if name in self.texts:
            return self.texts.index(name)
        if not name:
            try:
                return self.to_tree(constant_of(node))
            except TypeMismatchError:
                pass
        known = ", ".join(self.texts)
        raise ReadError(node, f"want one of {known}, not {name or type_of_node(node)}")

    def alternatives(self, tree: Tree) -> Sequence[Tree]:
        """Return the indexes of all other values."""
        return [index for index in range(len(self.values)) if index != tree]


class FlagType(StructuredType):
    """A Flag; the tree is its value.

    Attributes:
        bits: the names of the single bits.
    """

    __slots__ = ("bits",)

    def __init__(self, python_type: Any) -> None:
        super().__init__(python_type.__name__, python_type)
        numbers = {int(member.value): name for name, member in python_type.__members__.items()}
        self.bits = {n: name for n, name in numbers.items() if n > 0 and n & (n - 1) == 0}

    def zero(self) -> object:
        """Return the flag without any bit."""
        return 0

    def build(self, tree: Tree) -> Any:
        """Return the flag."""
        return self.python_type(tree)

    def to_tree(self, value: Any) -> Tree:
        """Return the value of a flag, all of whose bits must have names."""
        if type(value) is not self.python_type:
            raise TypeMismatchError(f"{value!r} is not {self.name}")
        number = int(getattr(value, "value", 0))
        if number & ~sum(self.bits):
            raise TypeMismatchError(f"{value!r} has bits without a name")
        return number

    def write(self, tree: Tree) -> str:
        """Return the names of the bits: `Mode.READ | Mode.WRITE`, or `Mode(0)`."""
        names = [f"{self.name}.{name}" for bit, name in self.bits.items() if tree & bit]
        return " | ".join(names) or f"{self.name}(0)"

    def read(self, node: Node) -> Tree:
        """Return the value of names joined by `|`, or of a call with a number."""
        if isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.BitOr):
            return self.read(node.left) | self.read(node.right)
        owner, _, name = name_of(node).rpartition(".")
        for bit, known in self.bits.items():
            if (owner, name) == (self.name, known):
                return bit
        call = call_of(node)
        if call is not None and call[0] == self.name and len(call[1]) == 1 and not call[2]:
            number = constant_of(call[1][0])
            if type(number) is int and number >= 0 and not number & ~sum(self.bits):
                return number
        known = ", ".join(f"{self.name}.{name}" for name in self.bits.values())
        raise ReadError(node, f"want some of {known}, not {type_of_node(node)}")

    def alternatives(self, tree: Tree) -> Sequence[Tree]:
        """Return the flags that differ in one bit, and the one without any bit."""
        return [tree ^ bit for bit in self.bits] + ([0] if tree else [])
