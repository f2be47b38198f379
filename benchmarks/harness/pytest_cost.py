"""Measures what the pytest plugins cost: where they are only installed, and for each script.

    python benchmarks/harness/pytest_cost.py [--scripts 200] [--rounds 5]

All figures are CPU time, own and children's, as medians of rounds in turn. The cost of a script is
what it costs under pytest, less what `scriptest run` and an empty test of pytest cost.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ("-p", "scriptest.pytest_entry", "-p", "fuzzengine.pytest_entry")
MOST_FOR_A_SCRIPT = 2.0
QUIET = ("-q", "-p", "no:cacheprovider")


def seconds(folder: Path, *command: str) -> float:
    """Return the CPU seconds of a program that succeeds."""
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
    }
    # Users have compiled files; the first round, which does not count, makes them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def prepare(folder: Path, count: int) -> None:
    """Make a folder of scripts, and one of as many empty tests, and one of a single test."""
    for name, amount in (("tests", count), ("one", 1)):
        (folder / name).mkdir()
        for number in range(amount):
            (folder / name / f"test_{number}.py").write_text("def test_it(): pass\n")
    for name, amount in (("testdata/script", count), ("single/testdata/script", 1)):
        (folder / name).mkdir(parents=True)
        for number in range(amount):
            (folder / name / f"s{number}.txt").write_text(
                "# it says so\necho hello\nstdout hello\n"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scripts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pytest = ("pytest", *QUIET)
    programs = {
        "one test": (*pytest, "one"),
        "one test, plugins": (*pytest, *PLUGINS, "one"),
        "tests": (*pytest, *PLUGINS, "tests"),
        "one script": (*pytest, *PLUGINS, "single"),
        "scripts": (*pytest, *PLUGINS, "testdata"),
        "run one": ("scriptest", "run", "-j1", "single/testdata/script"),
        "run": ("scriptest", "run", "-j1", "testdata/script"),
    }
    found: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options.scripts)
        for number in range(options.rounds + 1):
            for name, command in programs.items():
                cost = seconds(folder, *command)
                if number:
                    found[name].append(cost)
    middle = {name: statistics.median(costs) * 1000 for name, costs in found.items()}
    many = options.scripts - 1
    test = (middle["tests"] - middle["one test, plugins"]) / many
    script = (middle["scripts"] - middle["one script"]) / many
    alone = (middle["run"] - middle["run one"]) / many
    print(f"pytest with one test                {middle['one test']:8.1f} ms")
    print(f"the same with both plugins          {middle['one test, plugins']:8.1f} ms")
    print(f"an empty test file                  {test:8.2f} ms")
    print(f"a script under scriptest run        {alone:8.2f} ms")
    print(f"a script under pytest               {script:8.2f} ms")
    beyond = script - alone - test
    verdict = "met" if beyond <= MOST_FOR_A_SCRIPT else "NOT MET"
    print(f"beyond both                         {beyond:8.2f} ms, at most 2: {verdict}")


if __name__ == "__main__":
    main()
