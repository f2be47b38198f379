"""Executes only inputs whose texts are valid Unicode, as most code expects."""

from __future__ import annotations

from fuzzengine.types.kinds import has_valid_texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.testing.target import Target


def with_valid_texts(target: Target) -> Target:
    """Return a target that ignores inputs with lone surrogates, so that they reach nothing."""
    if all(kind.python_type in _NEVER_TEXT for kind in target.kinds):
        return target
    return target.calling(_ValidTextTarget(target.function))


_NEVER_TEXT = (bytes, bool, int, float)


class _ValidTextTarget:
    """A fuzz target that ignores inputs with lone surrogates."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, test: object, *values: object) -> None:
        """Call the target, unless a text is not valid."""
        if has_valid_texts(values):
            self._function(test, *values)
