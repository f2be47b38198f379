"""Runs a function under Atheris: `python atheris_driver.py FILE FUNCTION TYPES MODULES FLAG...`.

Needs an interpreter that has Atheris. TYPES and MODULES are lists with commas; the modules, and
that of the function, are instrumented as Atheris's README says: by importing them, afresh, within
`instrument_imports`. Flags are those of libFuzzer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import atheris

WHOLE: dict[str, Callable[[bytes], object]] = {
    "[]uint8": lambda data: data,
    "string": lambda data: atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(len(data)),
}


def forget(modules: list[str]) -> None:
    """Take modules that Atheris itself imported out of sys.modules: they get no counters else."""
    for name in list(sys.modules):
        if any(name == top or name.startswith(top + ".") for top in modules):
            del sys.modules[name]


def consume(provider: Any, kind: str, *, last: bool) -> object:
    """Make a value of one of Go's types out of the bytes that are left."""
    if kind in ("[]uint8", "string"):
        left = provider.remaining_bytes()
        size = left if last else provider.ConsumeIntInRange(0, left)
        if kind == "string":
            return provider.ConsumeUnicodeNoSurrogates(size)
        return provider.ConsumeBytes(size)
    if kind == "bool":
        return provider.ConsumeBool()
    if kind.startswith("float"):
        return provider.ConsumeFloat()
    size = int(kind.lstrip("uint") or 64) // 8
    return provider.ConsumeUInt(size) if kind.startswith("u") else provider.ConsumeInt(size)


def main() -> None:
    path, function_name, types, modules = sys.argv[1:5]
    kinds = types.split(",")
    folder, file = os.path.split(path)
    module_name = file.removesuffix(".py")
    instrumented = [*filter(None, modules.split(","))]
    sys.path.insert(0, folder)
    forget(instrumented)
    tops = {name.partition(".")[0] for name in instrumented}
    with atheris.instrument_imports(include=[module_name, *tops]):
        function = getattr(__import__(module_name), function_name)

    if len(kinds) == 1 and kinds[0] in WHOLE:
        convert = WHOLE[kinds[0]]

        def test_one_input(data: bytes) -> None:
            function(convert(data))

        if kinds[0] == "[]uint8":
            test_one_input = function
    else:
        last = len(kinds) - 1

        def test_one_input(data: bytes) -> None:
            provider = atheris.FuzzedDataProvider(data)
            function(*[consume(provider, kind, last=i == last) for i, kind in enumerate(kinds)])

    atheris.Setup([sys.argv[0], *sys.argv[5:]], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
