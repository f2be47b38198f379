"""Runs the trials of an experiment on several processes, and counts what went wrong."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300.0
"""Seconds after which an attacked program hangs."""

PATIENCE = 20.0
"""Seconds after which what is still there is called left behind."""

_PR_SET_CHILD_SUBREAPER = 36


class Finding(NamedTuple):
    """The result of one trial."""

    note: str
    """How the attacked program ended, to be counted."""
    losses: tuple[str, ...] = ()
    """Everything that is wrong, one line each."""


class Experiment(NamedTuple):
    """A way to attack runs."""

    option: str
    """The command-line option that says how many trials there are, without the dashes."""
    help: str
    trial: Callable[[Path, random.Random], Finding]
    """Attacks one run in an empty folder, whose `tmp` is TMPDIR, and checks what it can itself.

    Processes that are left, and what is left in `tmp`, are found by the framework.
    """


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that ask a program to end."""


def send_one_of(
    signals: Sequence[signal.Signals],
    attack: Callable[[Path, random.Random, signal.Signals], Finding],
    folder: Path,
    chance: random.Random,
) -> Finding:
    """Attack one run with one of some signals."""
    return attack(folder, chance, chance.choice(signals))


class Total(NamedTuple):
    """The results of all trials of an experiment."""

    trials: int
    failed: int
    """The number of trials with a loss."""
    notes: Counter[str]
    seconds: float


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a program that is attacked in a folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return {
        **kept,
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "FUZZENGINE_CACHE": str(folder / "fuzz-cache"),
    }


def run(experiment: Experiment, count: int, seed: str, jobs: int, first: int = 1) -> Total:
    """Run the trials with the numbers from first on.

    Args:
        experiment: what is tried.
        count: the number of trials.
        seed: with a trial's number, the seed of everything random in it.
        jobs: the number of trials at the same time.
        first: the number of the first trial.
    """
    started = time.monotonic()
    notes: Counter[str] = Counter()
    failed = 0
    numbers = range(first, first + count)
    with ProcessPoolExecutor(jobs, initializer=_prepare_process) as pool:
        tasks = [pool.submit(_trial, experiment, f"{seed} {number}") for number in numbers]
        for number, task in zip(numbers, tasks, strict=True):
            finding = task.result()
            notes[finding.note] += 1
            failed += bool(finding.losses)
            for loss, times in Counter(finding.losses).items():
                again = f" ({times} times)" if times > 1 else ""
                print(f"{experiment.option} {number}: {loss}{again}", file=sys.stderr, flush=True)
    return Total(count, failed, notes, time.monotonic() - started)


def _trial(experiment: Experiment, seed: str) -> Finding:
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        (folder / "tmp").mkdir()
        finding = experiment.trial(folder, random.Random(seed))
        return finding._replace(losses=finding.losses + tuple(_left_behind(folder)))
    except Exception as error:
        return Finding("trial failed", (f"{type(error).__name__}: {error}", *_left_behind(folder)))
    finally:
        _remove(folder)


# --- what is left ----------------------------------------------------------------------------


def _prepare_process() -> None:
    """Become the parent of every orphan below this process; start programs that heed signals."""
    for number in (signal.SIGINT, signal.SIGHUP):
        # In the background, shells and nohup let programs ignore them.
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _left_behind(folder: Path) -> Iterator[str]:
    """Yield what is still there when nothing should be; end the processes."""
    until = time.monotonic() + PATIENCE
    pause = 0.001
    while (left := list(_living())) or os.listdir(folder / "tmp"):
        if time.monotonic() > until:
            break
        time.sleep(pause)
        pause = min(pause * 2, 0.1)
    for pid, command in left:
        yield f"process left: {command}"
        os.kill(pid, signal.SIGKILL)
    while left:
        left = list(_living())
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)
    for name in os.listdir(folder / "tmp"):
        yield f"left in TMPDIR: {name}"


def _living() -> Iterator[tuple[int, str]]:
    """Yield the living children of this process, and reap the others."""
    while True:
        try:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                break
        except ChildProcessError:
            return
    for task in os.listdir("/proc/self/task"):
        for word in Path(f"/proc/self/task/{task}/children").read_text().split():
            try:
                command = Path(f"/proc/{word}/cmdline").read_bytes().replace(b"\0", b" ")
                state = Path(f"/proc/{word}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z":
                yield int(word), f"{command.decode(errors='replace').strip()[:200]} ({state})"


def _remove(folder: Path) -> None:
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
