"""CPU time of a scheduler with many workers: python benchmarks/cluster/scheduler.py

100 workers of Dask in a few processes run tasks that wait for ten seconds, as leases would, tell
their executions every two seconds and return a result of the size of a real one; a client gives out
the next task when one is done. Prints the CPU time of the scheduler relative to the clock.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from running import Cluster

WORKERS = """
import asyncio, sys
import dask
from distributed import Worker
from scriptest.base.cluster import QUIET

async def main(address, count, folder):
    workers = [Worker(address, nthreads=1, memory_limit=0, local_directory=folder)
               for _ in range(count)]
    await asyncio.gather(*workers)
    await asyncio.gather(*(worker.finished() for worker in workers))

dask.config.set(QUIET)
asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
"""
ENTRIES, ENTRY_SIZE, BITS = 4, 100, 150
"""The size of a typical result after a campaign has run for a while."""


def simulated_lease(order: dict[str, object], seconds: float) -> dict[str, object]:
    """Wait as long as a lease, and return what is like its result."""
    from distributed import get_worker

    worker, end = get_worker(), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 2.0))
        worker.log_event("fuzzengine-benchmark", {"lease": "x", "execs": 1000})
    entries = {str(i): (os.urandom(ENTRY_SIZE), list(range(BITS))) for i in range(ENTRIES)}
    return {"host": "x", "execs": 10000, "entries": entries, "crashes": [], "buckets": {}}


def give_out(cluster: Cluster, options: argparse.Namespace) -> tuple[int, float, float, float]:
    """Keep all workers busy.

    Returns:
        The number of tasks, the CPU seconds of the scheduler and of the client, and the seconds.
    """
    from distributed import Client, as_completed

    assert cluster.scheduler is not None
    scheduler = psutil.Process(cluster.scheduler.pid)
    order = {
        "texts": {},
        "flags": {"seed": "1"},
        "entries": {str(i): b"x" * 100 for i in range(20)},
    }
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(options.workers, timeout=300)
        client.subscribe_topic("fuzzengine-benchmark", lambda event: None)
        nodes = list(client.nthreads())
        place = {}

        def submit(node: str) -> object:
            future = client.submit(
                simulated_lease, order, options.lease, workers=[node], pure=False
            )
            place[future.key] = node
            return future

        running = as_completed(
            [submit(node) for node in nodes], with_results=True, loop=client.loop
        )
        start, used, own = 0.0, 0.0, 0.0
        for done, (future, _) in enumerate(running, 1):
            if not start:
                # The start is over when the first leases are.
                start, used = time.monotonic(), sum(scheduler.cpu_times()[:2])
                own = time.process_time()
            took = time.monotonic() - start
            if took >= options.time:
                used = sum(scheduler.cpu_times()[:2]) - used
                return done, used, time.process_time() - own, took
            running.add(submit(place.pop(future.key)))
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=100)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--lease", type=float, default=10.0, help="seconds")
    parser.add_argument("--time", type=float, default=60.0, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        path = Path(__file__).parent
        cluster.environment["PYTHONPATH"] = f"{path}:{path.parent.parent}"
        groups = []
        try:
            cluster.start_scheduler()
            for _ in range(options.processes):
                count = str(options.workers // options.processes)
                groups.append(
                    subprocess.Popen(
                        [sys.executable, "-c", WORKERS, cluster.address, count, folder],
                        env=cluster.environment,
                        stderr=subprocess.DEVNULL,
                    )
                )
            done, cpu, own, took = give_out(cluster, options)
        finally:
            for process in groups:
                process.kill()
                process.wait()
            cluster.stop()
    print(
        f"{options.workers} workers, leases of {options.lease:g} s: {done} leases in {took:.0f} s; "
        f"the scheduler took {cpu:.2f} s of CPU time, {100 * cpu / took:.1f} % of a core, "
        f"{1000 * cpu / done:.1f} ms a lease, and the client {1000 * own / done:.1f} ms"
    )


if __name__ == "__main__":
    main()
