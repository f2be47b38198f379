"""Cost of campaigns with up to 1,000 nodes: python benchmarks/cluster/simulate.py [--json FILE]

Runs the real driver with simulated nodes that answer at once, and measures its CPU time for a
lease. Adds the measured costs of a scheduler and of Dask's client in the driver
(benchmarks/cluster/scheduler.py), and those of a store in a folder, and
prints for 10 to 1,000 nodes which part of a core, or of its time, each takes with leases of 10 and
60 seconds, the traffic, and the number of nodes at which the first of them is full.

The simulated fuzz test has 3,000 blocks; a lease returns four entries, of which fewer and fewer add
something, as its blocks get rarer: block n is reached as often as 1 / n.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pickle
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fuzzengine.cluster.campaign_report import CampaignReport
from fuzzengine.cluster.driver import Driver
from fuzzengine.cluster.settings import FuzzTest, Settings
from fuzzengine.cluster.store import FolderPlace, bits_file
from fuzzengine.cluster.store_writer import StoreWriter
from fuzzengine.corpus.entry import entry_name
from fuzzengine.program.flags import Budget
from fuzzengine.report.reporters import Reporter

BLOCKS, ENTRIES, BITS = 3_000, 4, 600
NODES = (10, 30, 100, 300, 1_000)
LEASES = (10, 60)


class Silent(Reporter):
    """Prints nothing, and takes events as the live block does."""

    flags: Mapping[str, str] = {"fuzzlive": "true"}

    def write(self, chunk: bytes) -> None:
        pass


class Future:
    """The result of a simulated lease."""

    status = "finished"

    def __init__(self, result: dict[str, Any]) -> None:
        self._result = result

    def result(self, timeout: float) -> dict[str, Any]:
        return self._result

    def cancel(self) -> None:
        pass


class Simulated:
    """A connection to simulated nodes.

    Attributes:
        sent, received: the bytes of orders and of results.
    """

    dashboard = ""
    timeout = patience = 1.0

    def __init__(self, nodes: int) -> None:
        self._nodes = {f"tls://10.0.{n // 256}.{n % 256}:4000": 1 for n in range(nodes)}
        self._random = random.Random(1)
        self._weights = list(itertools.accumulate(1 / n for n in range(1, BLOCKS + 1)))
        self._spent = 0.0
        self.sent = self.received = 0

    def on_event(self, heard: Callable[..., object]) -> None:
        pass

    def nodes(self) -> dict[str, int]:
        return self._nodes

    def submit(self, order: Any, node: str, key: str, on_done: Callable[..., object]) -> Future:
        start = time.process_time()
        entries = {}
        for _ in range(ENTRIES):
            data = b'go test fuzz v1\n[]byte("%s")\n' % self._random.randbytes(40).hex().encode()
            blocks = self._random.choices(range(BLOCKS), cum_weights=self._weights, k=BITS)
            entries[entry_name(data)] = (data, sorted({8 * block for block in blocks}))
        result = {
            "host": "simulated", "table": "t", "execs": 10_000, "cpu": 10.0, "entries": entries,
            "unstable": [], "crashes": [], "buckets": {}, "error": "", "lasting": False,
        }  # fmt: skip
        self.sent += len(pickle.dumps(order))
        self.received += len(pickle.dumps(result))
        self._spent += time.process_time() - start
        future = Future(result)
        on_done(future)
        return future

    @property
    def spent(self) -> float:
        """The CPU seconds of the simulation itself."""
        return self._spent


def drive(nodes: int, leases: int) -> dict[str, float]:
    """Run the driver; return its CPU milliseconds and the traffic for each lease."""
    settings = Settings(Budget(0, leases), Budget(0, 1))
    settings.keep_going = True
    table = {"Table": "t", "Counters": BLOCKS, "Before": [], "Modules": []}
    test = FuzzTest("FuzzX", table)
    connection = Simulated(nodes)
    report = CampaignReport(Silent(), "", "simulated")
    driver = Driver(settings, [test], connection, report)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        writer = StoreWriter(FolderPlace(folder), report.say)
        start = time.process_time()
        driver.run(writer)
        writer.finish(600.0)
        cpu = time.process_time() - start - connection.spent
    return {
        "driver_ms": 1000 * cpu / leases,
        "sent": connection.sent / leases,
        "received": connection.received / leases,
        "kept": len(test.merged.entries) / leases,
    }


def store_ms(repeats: int = 200) -> float:
    """Return the milliseconds that a folder takes to write an entry and its coverage."""
    with tempfile.TemporaryDirectory() as folder:
        place = FolderPlace(folder)
        start = time.monotonic()
        for number in range(repeats):
            place.write(f"corpus/FuzzX/{number}", os.urandom(100))
            place.write(f"bits/FuzzX/{number}", bits_file("t", list(range(BITS))))
        return 1000 * (time.monotonic() - start) / repeats


def figures_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the costs with each number of nodes, and the share of a core or of the time."""
    write = store_ms()
    rows = []
    for nodes in NODES:
        costs = drive(nodes, max(3 * nodes, 600))
        for seconds in LEASES:
            rate = nodes / seconds
            rows.append(
                {
                    "nodes": nodes,
                    "lease": seconds,
                    "driver": rate * (costs["driver_ms"] + options.client) / 1000,
                    "scheduler": rate * options.scheduler / 1000,
                    "store": rate * costs["kept"] * write / 1000,
                    "kilobytes": rate * (costs["sent"] + costs["received"]) / 1000,
                }
            )
        print(f"{nodes} nodes: {costs['driver_ms']:.2f} ms of the driver for a lease", flush=True)
    return {"store_ms": write, "scheduler_ms": options.scheduler, "rows": rows}


def show(rows: Sequence[dict[str, float]]) -> None:
    print("nodes  lease  driver  scheduler  store  kB/s")
    for row in rows:
        print(
            f"{row['nodes']:5}  {row['lease']:3} s  {row['driver']:6.1%}  {row['scheduler']:9.1%}  "
            f"{row['store']:5.1%}  {row['kilobytes']:.0f}"
        )
    for seconds in LEASES:
        last = next(row for row in rows if row["nodes"] == NODES[-1] and row["lease"] == seconds)
        first = max(("driver", "scheduler", "store"), key=lambda name: last[name])
        print(
            f"leases of {seconds} s: the {first} is full first, at about "
            f"{NODES[-1] / last[first]:,.0f} nodes if its share grows on in proportion"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--scheduler", type=float, default=10.1, help="ms of a scheduler for a lease"
    )
    parser.add_argument("--client", type=float, default=3.8, help="ms of Dask's client for a lease")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    options = parser.parse_args()
    figures = figures_of(options)
    show(figures["rows"])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
