"""Coverage-guided fuzzing of Python functions, after Go's native fuzzing.

A fuzz test imports its names from here:

    from fuzzengine import F, T

    def FuzzParse(f: F) -> None:
        f.add(b"1,2")

        @f.fuzz
        def _(t: T, data: bytes) -> None:
            parse(data)

Importing the package loads nothing else; a name is loaded when it is first asked for.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.base.outcomes import goexit, in_worker, panic
    from fuzzengine.testing.fuzz import F, T
    from fuzzengine.types.kinds import (
        byte,
        float32,
        float64,
        int8,
        int16,
        int32,
        int64,
        rune,
        uint,
        uint8,
        uint16,
        uint32,
        uint64,
    )

__version__ = "0.1.0"

__all__ = [
    "F",
    "T",
    "byte",
    "float32",
    "float64",
    "goexit",
    "in_worker",
    "int8",
    "int16",
    "int32",
    "int64",
    "panic",
    "rune",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

_ELSEWHERE = {
    "F": "fuzzengine.testing.fuzz",
    "T": "fuzzengine.testing.fuzz",
    "goexit": "fuzzengine.base.outcomes",
    "in_worker": "fuzzengine.base.outcomes",
    "panic": "fuzzengine.base.outcomes",
}
"""Modules of the names that are not types of arguments."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_ELSEWHERE.get(name, "fuzzengine.types.kinds")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
