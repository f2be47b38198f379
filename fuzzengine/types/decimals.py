"""The type of decimal numbers."""

from __future__ import annotations

import decimal

from fuzzengine.types.base import StructuredType, TypeMismatchError
from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree

_FINITE = 0
_SPECIAL: tuple[Any, ...] = ("", "F", "n", "N")
"""The exponents of values that are not finite, as the standard library writes them, by form."""

_FIELDS = (
    Kind("form", int, 0, len(_SPECIAL) - 1),
    Kind("sign", int, 0, 1),
    Kind("coefficient", int, 0, 10**34 - 1),
    Kind("exponent", int, -6176, 6111),
)
"""The ranges are those of the format decimal128 of IEEE 754."""

_NOTABLE = tuple(
    map(
        decimal.Decimal,
        ("0", "1", "-1", "-0", "0.1", "0.00", "1E+2", "1E-28", "9" * 34, "Infinity", "NaN", "sNaN"),
    )
)


class DecimalType(StructuredType):
    """A Decimal: `Decimal('1.50')`. A tree has form, sign, coefficient and exponent."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("Decimal", decimal.Decimal)

    def zero(self) -> object:
        """Return the tree of `Decimal('0')`."""
        return (_FINITE, 0, 0, 0)

    def build(self, tree: Tree) -> Any:
        """Return the number."""
        form, sign, coefficient, exponent = tree
        digits = tuple(map(int, str(coefficient)))
        if form != _FINITE:
            digits, exponent = (), _SPECIAL[form]
        return decimal.Decimal((sign, digits, exponent))

    def to_tree(self, value: Any) -> Tree:
        """Return the parts of a number."""
        if type(value) is not decimal.Decimal:
            raise TypeMismatchError(f"{type(value).__name__} is not Decimal")
        sign, digits, exponent = value.as_tuple()
        if exponent in _SPECIAL:
            if value.is_nan() and digits:
                raise TypeMismatchError(
                    f"{value} has digits, which a NaN to be fuzzed may not have"
                )
            return (_SPECIAL.index(exponent), sign, 0, 0)
        tree = (_FINITE, sign, int("".join(map(str, digits))), exponent)
        objection = self.objection(tree)
        if objection is not None:
            raise TypeMismatchError(objection)
        return tree

    def write(self, tree: Tree) -> str:
        """Return a call with the text of the number."""
        return f"Decimal({str(self.build(tree))!r})"

    def read(self, node: Node) -> Tree:
        """Return the tree of a call with a text or a whole number."""
        call = call_of(node)
        if call is None or call[0].removeprefix("decimal.") != "Decimal" or call[2]:
            raise ReadError(node, f"want Decimal('0'), not {type_of_node(node)}")
        value = constant_of(call[1][0]) if len(call[1]) == 1 else None
        if not (isinstance(value, str) or type(value) is int):
            raise ReadError(node, "want the text of one number, such as Decimal('0')")
        try:
            return self.to_tree(decimal.Decimal(value))
        except decimal.InvalidOperation:
            raise ReadError(node, f"{value!r} is not a decimal number") from None
        except ValueError as error:
            raise ReadError(node, str(error)) from None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the parts."""
        return list(zip(_FIELDS, tree, strict=True))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of these parts; only a finite number has a coefficient and an exponent."""
        return tuple(parts) if parts[0] == _FINITE else (*parts[:2], 0, 0)

    def alternatives(self, tree: Tree) -> Sequence[Tree]:
        """Return other numbers that programs often treat wrongly."""
        return [other for other in map(self.to_tree, _NOTABLE) if other != tree]
