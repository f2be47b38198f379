"""Explains why functions that look like fuzz tests are not fuzz tests."""

from __future__ import annotations

import os

from fuzzengine.testing.discovery import is_test_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_FUNCTION = type(lambda: None)


def refused_candidates(namespaces: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line with the reason for each refused candidate.

    Args:
        namespaces: the global names of the test files.
    """
    return [
        f"{os.path.basename(namespace['__file__'])}: {name}: {reason}"
        for namespace in namespaces
        for name, value in namespace.items()
        for name, reason in _refused(name, value, namespace["__name__"])
    ]


def _refused(name: str, value: Any, module: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the reason of a refused function, or of the methods of a class."""
    if isinstance(value, type):
        if value.__module__ != module:
            return
        if is_test_name(name, "Fuzz"):
            yield name, "a class is not a fuzz test; write a function that takes f"
        for method in vars(value):
            if is_test_name(method, "Fuzz"):
                yield f"{name}.{method}", "a method is not a fuzz test; move it out of the class"
    elif not is_test_name(name, "Fuzz"):
        own = type(value) is _FUNCTION and value.__module__ == module
        if own and name.lower().startswith("fuzz"):
            yield name, "name a fuzz test like FuzzSize or fuzz_size"
    elif type(value) is not _FUNCTION:
        yield name, f"a {type(value).__name__} is not a fuzz test; write a function that takes f"
    elif value.__name__ != name:
        yield name, f"its __name__ is {value.__name__}; use functools.wraps in its decorator"
    elif value.__module__ != module:
        yield name, f"it is imported from {value.__module__}; define it in the test file"
