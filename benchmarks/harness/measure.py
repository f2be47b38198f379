"""Runs programs in turn and says what they cost: CPU of all their processes, and wall time."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run took, in seconds; memory is the largest process's, in MiB."""

    cpu: float
    wall: float
    memory: float


class Program(NamedTuple):
    """A command line, the folder it is run in, and what it needs in its environment."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = {}


def run(program: Program, *, fails: bool = False) -> Cost:
    """Run a program to its end.

    Raises:
        SystemExit: it did not end as it should; a benchmark of a broken program says nothing.
    """
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    child = subprocess.Popen(
        program.argv,
        cwd=program.cwd,
        env={**env, **program.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    if (child.returncode != 0) is not fails:
        sys.exit(f"{' '.join(program.argv)}: {output.decode(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def in_turn(
    programs: Mapping[str, Program], rounds: int, show: Callable[[str], object]
) -> dict[str, list[Cost]]:
    """Run every program once to warm up, then all of them in every round.

    In turn, so that a busy machine is busy for all of them.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for name, program in programs.items():
        show(f"warming up: {name}")
        run(program)
    for number in range(rounds):
        show(f"round {number + 1} of {rounds}")
        for name, program in programs.items():
            costs[name].append(run(program))
    return costs


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure by itself."""
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> Cost:
    """Return the median over the rounds of what one took divided by what another took."""
    return median(
        [
            Cost(*(a / b for a, b in zip(our, their, strict=True)))
            for our, their in zip(ours, theirs, strict=True)
        ]
    )


def to_stderr(text: str) -> None:
    """Say how far a benchmark is, apart from its figures."""
    print(text, file=sys.stderr, flush=True)
