"""Divides scripts with recorded times among shards, and prints how even the shards are.

    python benchmarks/cluster/shards.py [REPORT ...]

REPORT is a file that `scriptest run --json` wrote; without any, the times are made up: 101 scripts
as in a real suite, a few of which take most of the time. For 4 and 8 shards, it prints the time of
the longest shard relative to the ideal, which is the sum divided by the shards, or the longest
script:

- by count, as without `--times`;
- by time, as with `--times`;
- by time, if each script takes up to 30 % more or less than recorded (mean of 100 runs);
- handed out one by one, the longest first, as with `--cluster`, with the same deviations, and half
  a second more for each script.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Sequence

from scriptest.report.json import read
from scriptest.suite import sharding
from scriptest.suite.suite import Selected

SHARDS = (4, 8)
DEVIATION = 0.3
OVERHEAD = 0.5
RUNS = 100


def synthetic(seed: int = 1, scripts: int = 101, total: float = 458.0) -> dict[str, float]:
    source = random.Random(seed)
    times = [source.lognormvariate(0, 1.2) for _ in range(scripts)]
    scale = total / sum(times)
    return {f"s/{index:03}.txt": took * scale for index, took in enumerate(times)}


def longest(divided: Sequence[Sequence[Selected]], times: dict[str, float]) -> float:
    return max(sum(times[script.file] for script in part) for part in divided)


def handed_out(order: Sequence[str], times: dict[str, float], nodes: int) -> float:
    """Return when the last of the nodes is done."""
    free = [0.0] * nodes
    for name in order:
        heapq.heapreplace(free, free[0] + times[name] + OVERHEAD)
    return max(free)


def deviating(times: dict[str, float], source: random.Random) -> dict[str, float]:
    return {
        name: took * source.uniform(1 - DEVIATION, 1 + DEVIATION) for name, took in times.items()
    }


def ideal(times: dict[str, float], shards: int) -> float:
    return max(sum(times.values()) / shards, max(times.values()))


def show(times: dict[str, float]) -> None:
    scripts = [Selected(name, name) for name in times]
    order = sorted(times, key=lambda name: -times[name])
    print(f"{len(times)} scripts, {sum(times.values()):.0f} s, longest {max(times.values()):.1f} s")
    print("shards   ideal  by count  by time  times off  handed out")
    for shards in SHARDS:
        by_count = sharding.by_count(scripts, shards)
        by_time = sharding.by_time(scripts, shards, times)
        source = random.Random(1)
        off, out = 0.0, 0.0
        for _ in range(RUNS):
            real = deviating(times, source)
            off += longest(by_time, real) / ideal(real, shards) / RUNS
            out += handed_out(order, real, shards) / ideal(real, shards) / RUNS
        best = ideal(times, shards)
        columns = (longest(by_count, times) / best, longest(by_time, times) / best, off, out)
        print(f"{shards:6} {best:5.0f} s  " + "  ".join(f"{column:8.2f}" for column in columns))


def main() -> None:
    reports = sys.argv[1:]
    if not reports:
        show(synthetic())
    for path in reports:
        results = read(path).results
        show(sharding.times_by_name((result.name, result.seconds) for result in results))


if __name__ == "__main__":
    main()
