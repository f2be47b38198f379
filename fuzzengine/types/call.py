"""Calls a fuzz target with Python values that are built from trees, fresh for each execution."""

from __future__ import annotations

from fuzzengine.types.base import StructuredType, write_part

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.kinds import Kind


class StructuredCall:
    """A fuzz target that takes trees where the user's function takes structured values.

    A value whose own constructor refuses the fields is no input: the execution is skipped.
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
                test.skip(f"{write_part(kind, tree)} cannot be made: {error!r}")
        self._function(test, *built)
