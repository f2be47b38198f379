"""Measures the harness against what it promises, one line a promise.

    python benchmarks/harness/bars.py [--rounds 5] [NAME ...]

Every line has the value, its bar, and whether it is met. With names, only those. Uses the
environment that trivial.py makes, with scriptest installed as users install it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from contestants import TXTAR_SCRIPT
from environment import programs as make_programs
from measure import Program, in_turn, median, ratio, run

BUILTIN_LINES = 1000
MANY = 10_000
PING = Path(__file__).with_name("ping.py")


class Bar(NamedTuple):
    """What was measured, in which unit, and the most it may be."""

    what: str
    value: float
    unit: str
    limit: float

    def __str__(self) -> str:
        verdict = "met" if self.value <= self.limit else "NOT MET"
        return f"{self.what:56}{self.value:8.2f} {self.unit:5} at most {self.limit:g}: {verdict}"


class Place(NamedTuple):
    """Where to work, the programs under test, how often."""

    folder: Path
    programs: Path
    rounds: int

    def scriptest(self, *arguments: str) -> Program:
        return Program([str(self.programs / "scriptest"), *arguments], self.folder)

    def cpu(self, program: Program) -> float:
        return median(in_turn({"": program}, self.rounds, lambda text: None)[""]).cpu


def version(place: Place) -> Bar:
    return Bar("scriptest --version, CPU", place.cpu(place.scriptest("--version")) * 1000, "ms", 40)


def one_line(place: Place) -> Bar:
    (place.folder / "one.txt").write_text("exec true\n")
    cpu = place.cpu(place.scriptest("run", "one.txt"))
    return Bar("scriptest run of a one-line script, CPU", cpu * 1000, "ms", 75)


def builtin_lines(place: Place) -> Bar:
    """What a line costs: the difference between two scripts, so that start-up counts for none."""
    for count in (1, BUILTIN_LINES + 1):
        (place.folder / f"lines{count}.txt").write_text("exists a\n" * count + "-- a --\n")
    few, many = (f"lines{count}.txt" for count in (1, BUILTIN_LINES + 1))
    costs = in_turn(
        {name: place.scriptest("run", name) for name in (few, many)},
        place.rounds,
        lambda text: None,
    )
    cpu = median(costs[many]).cpu - median(costs[few]).cpu
    return Bar(
        f"a builtin in a script of {BUILTIN_LINES} lines, CPU",
        cpu / BUILTIN_LINES * 1e6,
        "us",
        30,
    )


def _many(place: Place, count: int, text: str) -> str:
    folder = place.folder / f"many{count}"
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"t{number:05}.txt").write_text(text)
    return folder.name


def vetting(place: Place) -> Bar:
    folder = _many(place, MANY, TXTAR_SCRIPT)
    cpu = run(place.scriptest("vet", folder)).cpu
    return Bar(f"{MANY} scripts collected and vetted, CPU", cpu, "s", 10)


def memory(place: Place) -> Bar:
    """Ten times the scripts may not need more memory: a tenth is the noise of an allocator."""
    few, many = (
        run(place.scriptest("run", "-j1", _many(place, count, "exists a\n-- a --\n"))).memory
        for count in (300, 3000)
    )
    return Bar("memory of 3,000 scripts to that of 300", many / few, "times", 1.1)


def ping(place: Place) -> Bar:
    python = str(place.programs / "python")
    test = "def FuzzPing(f):\n    @f.fuzz\n    def _(t, data: bytes):\n        pass\n"
    (place.folder / "ping_test.py").write_text(test)
    costs = in_turn(
        {
            "ping": Program([python, str(PING), "worker"], place.folder),
            "import": Program([python, str(PING), "import"], place.folder),
        },
        place.rounds,
        lambda text: None,
    )
    value = ratio(costs["ping"], costs["import"]).wall
    return Bar("a worker's start to its first answer, to the import", value, "times", 1.5)


BARS: dict[str, Callable[[Place], Bar]] = {
    "version": version,
    "one-line": one_line,
    "builtin-lines": builtin_lines,
    "vet": vetting,
    "memory": memory,
    "ping": ping,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BARS))
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(BARS))
    if unknown:
        sys.exit(f"no such bar: {', '.join(unknown)}; there are {', '.join(BARS)}")
    programs = make_programs(peers=False)
    for name in options.names or BARS:
        with tempfile.TemporaryDirectory() as folder:
            print(BARS[name](Place(Path(folder), programs, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
