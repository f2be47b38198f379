"""How many executions whole campaigns need for the faults of targets.py: `fuzzengine test` itself.

    python benchmarks/fuzz/campaigns.py [-seeds N] [-limit EXECS] [NAME ...]

One worker, an empty corpus. Prints the median of the executions as the campaign's last line gives
them (with those of minimising the fault) and the median of the seconds; exits 1 if a seed did not
find the fault or the median is over the target.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_TYPES = {
    "[]uint8": "bytes",
    "string": "str",
    "int": "int",
    "float64": "float",
    "bool": "bool",
}


def write_package(folder: str, module: str, name: str, types: tuple[str, ...]) -> None:
    names = [f"a{index}" for index in range(len(types))]
    parameters = ", ".join(
        f"{one}: {PYTHON_TYPES[kind]}" for one, kind in zip(names, types, strict=True)
    )
    with open(os.path.join(folder, "bench_test.py"), "w") as file:
        file.write(
            f"import sys\nsys.path.insert(0, {HERE!r})\nimport {module}\n"
            "def FuzzBench(f):\n    @f.fuzz\n"
            f"    def _(t, {parameters}):\n        {module}.{name}({', '.join(names)})\n"
        )


def campaign(
    function: Any, types: tuple[str, ...], seed: int, limit: int
) -> tuple[bool, int, float]:
    """Run one campaign; return whether it found the fault, the executions and the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        write_package(folder, function.__module__, function.__name__, types)
        environment = {
            **os.environ,
            "PYTHONPATH": os.path.dirname(os.path.dirname(HERE)),
            "FUZZENGINE_CACHE": os.path.join(folder, "cache"),
        }
        command = [sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzBench"]
        command += [f"-seed={seed}", "-parallel=1", f"-fuzztime={limit}x"]
        command += ["-fuzzminimizetime=0x", "."]
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        took = time.perf_counter() - start
    counts = re.findall(r"execs: (\d+)", done.stdout)
    return done.returncode == 1 and "Found" in done.stdout, int(counts[-1]), took


def main(arguments: list[str]) -> int:
    sys.path.insert(0, HERE)
    targets = __import__("targets")
    seeds, limit, names = 10, 200_000, []
    while arguments:
        word = arguments.pop(0)
        if word == "-seeds":
            seeds = int(arguments.pop(0))
        elif word == "-limit":
            limit = int(arguments.pop(0))
        else:
            names.append(word)
    failed = False
    for function, (types, most) in targets.TARGETS.items():
        name = function.__name__
        if names and name not in names:
            continue
        runs = [campaign(function, types, seed, limit) for seed in range(1, seeds + 1)]
        found = sum(run[0] for run in runs)
        median = statistics.median(run[1] for run in runs)
        took = statistics.median(run[2] for run in runs)
        bad = found < seeds or median > most
        failed |= bad
        print(
            f"{name:18} {found:3}/{seeds}  median {median:9,.0f} of {most:8,}"
            f"  worst {max(run[1] for run in runs):9,}  {took:6.2f}s {'MISSED' if bad else ''}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
