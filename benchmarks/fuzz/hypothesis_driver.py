"""Runs a function under Hypothesis: `python hypothesis_driver.py FILE FUNCTION TYPES SEED SECONDS`.

The strategies are what a user would write for the types: binary(), text(), integers() of the type's
range. Hypothesis has no limit of time, so the function stops it after SECONDS of CPU time. Exits 1
if the function raised, without making the input smaller.
"""

from __future__ import annotations

import importlib
import os
import sys
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st


def strategy(kind: str) -> st.SearchStrategy[object]:
    """Return the strategy for one of Go's types."""
    simple = {
        "[]uint8": st.binary(),
        "string": st.text(),
        "bool": st.booleans(),
        "float32": st.floats(width=32),
        "float64": st.floats(),
    }
    if kind in simple:
        return simple[kind]
    bits = int(kind.lstrip("uint") or 64)
    if kind.startswith("u"):
        return st.integers(0, 2**bits - 1)
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def main() -> None:
    path, function_name, types, number, seconds = sys.argv[1:]
    folder, file = os.path.split(path)
    sys.path.insert(0, folder)
    function = getattr(importlib.import_module(file.removesuffix(".py")), function_name)
    executions, end = 0, time.process_time() + float(seconds)

    @seed(int(number))
    @settings(
        max_examples=10**9,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*map(strategy, types.split(","))))
    def test(arguments: tuple[object, ...]) -> None:
        nonlocal executions
        if time.process_time() > end:
            report(executions, 0)
        executions += 1
        try:
            function(*arguments)
        except Exception as error:
            print(f"{type(error).__name__} raised: {'Found' if 'Found' in repr(error) else error}")
            report(executions, 1)

    test()
    report(executions, 0)


def report(executions: int, status: int) -> None:
    """Print the number of executions and end the process."""
    print(f"executions: {executions}", flush=True)
    os._exit(status)


if __name__ == "__main__":
    main()
