"""Runs commands that write beside a program that swaps folders and files for links."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from .framework import LIMIT, ROOT, Experiment, Finding, environment

sys.path.insert(0, str(ROOT))

from tests.scriptest import swapping

_ROUNDS = 5
_LINES = 20
"""Commands between two signs of life of the program."""


def _race(folder: Path, chance: random.Random) -> Finding:
    outside = folder / "outside"
    before = swapping.make_outside(outside)
    script = f"exec python3 swap.py {outside} &swap&\nunquote more.txtar\necho text\n"
    for number in range(_ROUNDS):
        chosen = chance.choices(list(swapping.LINES.values()), k=_LINES)
        script += "\n".join([f"waitfor -timeout=300s swap '^round {number}$'", *chosen, ""])
    (folder / "race.txt").write_text(f"{script}kill swap\n{swapping.ARCHIVE}")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "scriptest", "run", "-v", "--continue", "race.txt"],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding("hang", (f"it still runs after {LIMIT:g} s",))
    losses = []
    if done.returncode not in (0, 1) or "> kill swap" not in done.stdout:
        losses.append(f"it ended with status {done.returncode}: {done.stderr[-500:]}")
    after = swapping.contents(outside)
    losses += [f"outside: {entry} before" for entry in before if entry not in after]
    losses += [f"outside: {entry} after" for entry in after if entry not in before]
    return Finding(f"with {_ROUNDS * _LINES} commands", tuple(losses))


EXPERIMENTS = (
    Experiment("races", "commands that write while a program swaps folders for links", _race),
)
