"""What two jobs can gain at the very most: the trivial test alone, twice at once.

    python benchmarks/harness/twojobs.py [--tests N] [--rounds N]

The hand-written test, without a harness and without its start, by one thread, divided among two
threads of one interpreter, and among two processes. Prints medians of the wall time to that of one
thread. Two threads share the interpreter lock; that is the floor for whoever runs scripts on
threads.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

from contestants import LINE


def test(root: Path, number: int) -> None:
    """Make two files, run the program, match its output, compare, look for a third file."""
    folder = root / str(number)
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_text(LINE)
    done = subprocess.run(
        ["/bin/echo", "hello"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "hello" in done.stdout
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert not (folder / "c").exists()
    rmtree(folder)


def some(root: Path, first: int, last: int) -> None:
    """Run tests one after the other."""
    for number in range(first, last):
        test(root, number)


def wall(make: Callable[..., Any], jobs: int, tests: int) -> float:
    """Return the seconds that tests take, divided among jobs that `make` starts."""
    with tempfile.TemporaryDirectory() as folder:
        share = tests // jobs
        started = time.perf_counter()
        running = [
            make(target=some, args=(Path(folder), number * share, (number + 1) * share))
            for number in range(jobs)
        ]
        for one in running:
            one.start()
        for one in running:
            one.join()
        return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    threads: list[float] = []
    processes: list[float] = []
    for _ in range(options.rounds):
        one = wall(threading.Thread, 1, options.tests)
        threads.append(wall(threading.Thread, 2, options.tests) / one)
        processes.append(wall(multiprocessing.Process, 2, options.tests) / one)
    print(f"two threads to one {statistics.median(threads):.2f}")
    print(f"two processes to one thread {statistics.median(processes):.2f}")


if __name__ == "__main__":
    main()
