"""What the trivial test costs at the very least: its program and its files, without a harness.

    python benchmarks/harness/floor.py [--tests N] [--rounds N]

The least is a process without a pipe (posix_spawn), two small files and their folder removed; no
harness in Python can be below. Prints medians of CPU, children included, in milliseconds a test,
of each part and of all.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from contestants import LINE

OUTPUT = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)] if os.name == "posix" else []


def spawn() -> None:
    """Start the program and wait for it."""
    pid = os.posix_spawn("/bin/echo", ["/bin/echo", "hello"], os.environ, file_actions=OUTPUT)
    os.waitpid(pid, 0)


def files() -> None:
    """Make a folder with two files, and remove it."""
    folder = Path(tempfile.mkdtemp())
    for name in ("a", "b"):
        (folder / name).write_text(LINE)
    shutil.rmtree(folder)


def both() -> None:
    """Do all that is the same for everybody."""
    files()
    spawn()


def cpu(work: Callable[[], None], times: int) -> float:
    """Return the CPU seconds, children included, that one call of work takes."""

    def used() -> float:
        own, children = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    before = used()
    for _ in range(times):
        work()
    return (used() - before) / times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    parts = {"the program": spawn, "the files": files, "both": both}
    found: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(options.rounds):
        for name, work in parts.items():
            found[name].append(cpu(work, options.tests))
    for name, values in found.items():
        print(f"{name:12}{statistics.median(values) * 1000:8.2f} ms CPU a test")


if __name__ == "__main__":
    main()
