"""Coverage-guided fuzzing of Python functions, after Go's native fuzzing.

A fuzz test imports its names from here:

    from fuzzengine import F, T

    def FuzzParse(f: F) -> None:
        f.add(b"1,2")

        @f.fuzz
        def _(t: T, data: bytes) -> None:
            parse(data)
"""

from fuzzengine.control import goexit, in_worker, panic
from fuzzengine.kinds import (
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
from fuzzengine.testing import F, T

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
