"""Converts between Python values and their trees: the arguments of calls, and seeds."""

from __future__ import annotations

from fuzzengine.base.outcomes import Misuse
from fuzzengine.types.annotations import may_be_structured, python_name
from fuzzengine.types.base import StructuredType, TypeMismatchError, write_part
from fuzzengine.types.kinds import kind_of_value
from scriptest.base.numbers import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.kinds import Kind


_SHORT = 40


class StructuredCall:
    """A fuzz target that takes the trees of the structured values that the user's function takes.

    If a constructor refuses the fields of a value, the execution is skipped.
    """

    def __init__(self, function: Callable[..., object], kinds: Sequence[Kind]) -> None:
        self.__code__ = getattr(function, "__code__", None)
        self._function = function
        self._kinds = list(kinds)

    def __call__(self, test: Any, *values: Any) -> None:
        """Build the values and call the function."""
        built = []
        for kind, tree in zip(self._kinds, values, strict=True):
            if not isinstance(kind, StructuredType):
                built.append(tree)
                continue
            try:
                built.append(kind.build(tree))
            except Exception as error:
                test.skip(f"cannot construct {write_part(kind, tree)}: {error!r}")
        self._function(test, *built)


class SeedError(ValueError):
    """A seed does not fit the fuzz target; the message says why."""


def detached(values: tuple[object, ...]) -> tuple[object, ...]:
    """Return a deep copy of the values that `f.add` was given.

    Raises:
        Misuse: a value has a type that cannot be fuzzed, or cannot be copied.
    """
    from copy import deepcopy

    for value in values:
        if kind_of_value(value) is None and not may_be_structured(value):
            raise Misuse(_unsupported(value))
    try:
        return deepcopy(values)
    except Exception as error:
        raise Misuse(f"testing: f.add cannot copy a value: {error!r}") from None


def trees_of(values: Sequence[object], kinds: Sequence[Kind]) -> list[object]:
    """Return the trees of the values that `f.add` was given.

    Raises:
        SeedError: a value is not of the type of the fuzz target's argument.
    """
    if len(values) != len(kinds):
        raise SeedError(
            f"f.add: got {counted(len(values), 'value')}, but the fuzz target takes {len(kinds)}"
        )
    for value, kind in zip(values, kinds, strict=True):
        if kind_of_value(value) is None and not kind.is_structured:
            raise SeedError(f"panic: {_unsupported(value)}")
    return [
        _tree(value, kind, number)
        for number, (value, kind) in enumerate(zip(values, kinds, strict=True), 1)
    ]


def _tree(value: object, kind: Kind, number: int) -> object:
    if not isinstance(kind, StructuredType):
        if type(value) is not kind.python_type:
            found = type(value).__name__
            hint = _hint(value, kind)
            raise SeedError(f"f.add: argument {number}: {found} is not {python_name(kind)}{hint}")
        objection = kind.objection(value)
        if objection is not None:
            raise SeedError(f"f.add: {objection}")
        return kind.coerce(value)
    try:
        return kind.to_tree(value)
    except TypeMismatchError as error:
        raise SeedError(f"f.add: {error.at(f'argument {number}')}") from None


def _hint(value: object, kind: Kind) -> str:
    """Return how a short text or bytes would be written as the other, or ""."""
    if isinstance(value, str) and kind.python_type is bytes and len(value) <= _SHORT:
        return f"; write {value.encode('utf-8', 'surrogateescape')!r}"
    if isinstance(value, bytes) and kind.python_type is str and len(value) <= _SHORT:
        return f"; write {value.decode('utf-8', 'surrogateescape')!r}"
    return ""


def _unsupported(value: object) -> str:
    return f"testing: unsupported type to f.add: {type(value).__name__}"
