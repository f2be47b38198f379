"""Times a Python program run by its entry point against `exec python -m` of the same program.

    python benchmarks/harness/entry_points.py [--runs 40] [--rounds 5]

The program imports click, rich and pydantic, which are installed into the benchmarks' environment.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from environment import programs as make_programs
from measure import Program, in_turn, median, ratio, to_stderr

PACKAGES = ("click", "rich", "pydantic")
MODULE = """
import click
import pydantic
import rich.console
import rich.table


class Person(pydantic.BaseModel):
    name: str


@click.command()
@click.argument("name")
def main(name):
    click.echo(f"hello, {Person(name=name).name}")


if __name__ == "__main__":
    main()
"""
CHECK = "stdout '^hello, you$'\n"


def write(folder: Path, runs: int) -> None:
    """Write the program, and one script that runs it often for each way to run it."""
    (folder / "mytool.py").write_text(MODULE)
    (folder / "scriptest.yaml").write_text(
        "commands: {mytool: {python: 'mytool:main'}}\nenv: {SUITE_FOLDER: $SUITE}\n"
    )
    (folder / "entry.txt").write_text(f"mytool you\n{CHECK}" * runs)
    again = f"exec python -m mytool you\n{CHECK}" * runs
    (folder / "module.txt").write_text(f"env PYTHONPATH=$SUITE_FOLDER\n{again}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    programs = make_programs(peers=False)
    pip = [str(programs / "python"), "-m", "pip", "install", "-qq"]
    subprocess.run([*pip, *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, options.runs)
        scriptest = str(programs / "scriptest")
        ways = {
            way: Program([scriptest, "run", f"{way}.txt"], folder) for way in ("entry", "module")
        }
        costs = in_turn(ways, options.rounds, to_stderr)
    for way, label in (("entry", "by its entry point"), ("module", "exec python -m mytool")):
        cost = median(costs[way])
        each = (cost.cpu / options.runs * 1000, cost.wall / options.runs * 1000)
        print(f"{label:24}{each[0]:8.1f} ms CPU{each[1]:8.1f} ms wall a run")
    against = ratio(costs["module"], costs["entry"])
    print(f"python -m to the entry point: {against.cpu:.1f} times CPU, {against.wall:.1f} wall")


if __name__ == "__main__":
    main()
