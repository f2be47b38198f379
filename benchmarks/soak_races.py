"""Runs scripts beside a program that swaps folders for links, and looks for writes outside.

    python benchmarks/soak_races.py [--races 2000] [--jobs 2] [--seed TEXT] [--first N]

Every race is a run with 200 commands that write. Prints a summary, and every loss on stderr; exits
1 if there is one. `--first N` starts with the Nth race, to see a loss again. Needs Linux.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.scriptest import swapping  # noqa: E402

LIMIT = 600.0
"""Seconds after which a run hangs."""

ROUNDS = 10
LINES = 20
"""Commands between two signs of life of the program."""


def race(folder: Path, chance: random.Random) -> list[str]:
    """Run a script in an empty folder and return everything that is wrong, one line each."""
    outside, temporary = folder / "outside", folder / "tmp"
    temporary.mkdir()
    before = swapping.make_outside(outside)
    script = f"exec python3 swap.py {outside} &swap&\nunquote more.txtar\necho text\n"
    for number in range(ROUNDS):
        chosen = chance.choices(list(swapping.LINES.values()), k=LINES)
        script += "\n".join([f"waitfor -timeout=300s swap '^round {number}$'", *chosen, ""])
    (folder / "race.txt").write_text(f"{script}kill swap\n{swapping.ARCHIVE}")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "scriptest", "run", "-v", "--continue", "race.txt"],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"it still runs after {LIMIT:g}s"]
    losses = [f"left in TMPDIR: {name}" for name in os.listdir(temporary)]
    if done.returncode not in (0, 1) or "> kill swap" not in done.stdout:
        losses.append(f"it ended with status {done.returncode}: {done.stderr[-500:]}")
    after = swapping.contents(outside)
    losses += [f"outside: {entry} before" for entry in before if entry not in after]
    losses += [f"outside: {entry} after" for entry in after if entry not in before]
    return losses


def run(number: int, seed: str) -> list[str]:
    """Run one race in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="race-") as folder:
        return race(Path(folder), random.Random(f"{seed} {number}"))


def main() -> int:
    """Run the races that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--races", type=int, default=10, metavar="N")
    parser.add_argument("--jobs", type=int, default=2, help="races at the same time")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first one's number")
    options = parser.parse_args()
    started, failed = time.monotonic(), 0
    numbers = range(options.first, options.first + options.races)
    with ThreadPoolExecutor(options.jobs) as pool:
        for number, losses in zip(
            numbers, pool.map(lambda number: run(number, options.seed), numbers), strict=True
        ):
            failed += bool(losses)
            for loss in losses:
                print(f"race {number}: {loss}", file=sys.stderr, flush=True)
    commands = options.races * ROUNDS * LINES
    seconds = time.monotonic() - started
    print(f"{options.races} races, {commands} commands, {failed} with losses, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
