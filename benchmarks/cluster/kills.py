"""Kills nodes, drivers and schedulers of a campaign at random: python benchmarks/cluster/kills.py

A campaign on PyYAML with short leases runs on two nodes; each part that is killed is started again.
Prints, and exits with status 1 unless it is so, that afterwards

- everything that was in the store before a kill is there, and whole;
- two seconds after a kill, nothing is left of a node, and no lease runs of a driver;
- the store and testdata/fuzz have one file of each bucket;
- the campaign went on after every kill, drivers by the same command.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from running import Cluster, events, wait_until, write_target

from fuzzengine.cluster.store import FolderPlace, load
from fuzzengine.corpus.entry import entry_name
from scriptest.base.files import is_temporary

TARGET = """
    import yaml

    def FuzzYaml(f):
        f.add("a: [1, 2]")

        @f.fuzz
        def _(t, text: str):
            yaml.safe_load(text)
"""
LIMIT = 2.0
"""Seconds after which nothing may be left of what was killed."""

PATIENCE = 120.0
"""Seconds in which the campaign must go on."""


class Attack:
    """A campaign, and what was seen of it."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.cluster = Cluster(folder)
        self.package = write_target(folder, TARGET)
        self.store = folder / "store"
        self.output = folder / "driver.out"
        self.random = random.Random(options.seed)
        self.faults: list[str] = []
        self.slowest: collections.Counter[str] = collections.Counter()
        self.known: dict[Path, bytes] = {}
        self._lease = options.lease
        self.driver = self.start_driver()
        self.cluster.start_scheduler()
        self.keep_nodes()

    def start_driver(self) -> subprocess.Popen[bytes]:
        command = [
            "fuzzengine", "test", "-fuzz=FuzzYaml", "-json", "-keepgoing", "-cover=yaml",
            f"-cluster={self.cluster.address}", f"-lease={self._lease}", f"-store={self.store}",
        ]  # fmt: skip
        return self.cluster.start("driver", command, cwd=self.package)

    def keep_nodes(self) -> None:
        """Start nodes until two run."""
        nodes = self.cluster.nodes
        nodes[:] = [node for node in nodes if node.poll() is None]
        while len(nodes) < 2:
            self.cluster.start_node("--death-timeout", "60")

    def leases(self) -> list[int]:
        """The test programs of leases and their workers."""
        found = []
        for pid, process in self.cluster.marked().items():
            try:
                if any(word.endswith("boot.py") for word in process.cmdline()):
                    found.append(pid)
            except psutil.Error:
                continue
        return found

    def snapshot(self) -> None:
        """Take note of all files of the store."""
        for path in self.store.rglob("*"):
            if path.is_file() and not is_temporary(path.name):
                self.known.setdefault(path.relative_to(self.store), path.read_bytes())

    def note(self, what: str, took: float | None, left: object = "") -> None:
        if took is None:
            self.faults.append(f"{what}: {left}")
            print(self.faults[-1], flush=True)
        else:
            self.slowest[what] = max(self.slowest[what], took)  # type: ignore[assignment]

    def kill(self, what: str) -> None:
        """Kill a part at random, look what is left, and start it again."""
        self.snapshot()
        size = self.output.stat().st_size
        if what == "node":
            node = self.random.choice(self.cluster.nodes)
            node.kill()
            node.wait()
        elif what == "driver":
            self.driver.kill()
            self.driver.wait()
            took = wait_until(lambda: not self.leases(), LIMIT)
            self.note("leases of a killed driver end", took, self.leases())
        else:
            assert self.cluster.scheduler is not None
            self.cluster.scheduler.kill()
            self.cluster.scheduler.wait()
        took = wait_until(lambda: not self.cluster.orphans(), LIMIT)
        self.note(f"orphans of a killed {what} end", took, self.cluster.orphans())
        if what == "driver":
            self.driver = self.start_driver()
        elif what == "scheduler":
            self.cluster.start_scheduler()
            wait_until(lambda: all(node.poll() is not None for node in self.cluster.nodes), 10)
        self.keep_nodes()
        if what != "driver" or self.random.random() < 0.7:
            self.note(f"a lease ends after a killed {what}", self.wait_for_lease(size), "none")
        time.sleep(self.random.uniform(0, 2))

    def wait_for_lease(self, size: int) -> float | None:
        def is_ended() -> bool:
            self.keep_nodes()
            if self.driver.poll() is not None:
                self.faults.append(f"the driver ended with status {self.driver.returncode}")
                print(self.faults[-1], flush=True)
                self.driver = self.start_driver()
            return any(event.get("Event") == "lease" for event in events(self.output, size))

        return wait_until(is_ended, PATIENCE)

    def end(self) -> None:
        """End the driver as a user would, and check what is stored."""
        self.driver.terminate()
        try:
            self.driver.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.faults.append("the driver does not end")
        for path, data in self.known.items():
            now = self.store / path
            if not now.exists() or (path.parts[0] != "bits" and now.read_bytes() != data):
                self.faults.append(f"lost: {path}")
        self._check_whole()
        self._check_buckets()

    def _check_whole(self) -> None:
        for path in self.store.glob("corpus/*/*"):
            if not is_temporary(path.name) and entry_name(path.read_bytes()) != path.name:
                self.faults.append(f"not whole: {path.name}")
        stored = load(FolderPlace(str(self.store)), "FuzzYaml", "")
        if stored.damaged:
            self.faults.append(f"{stored.damaged} damaged files")
        left = [path for path in self.store.rglob("*") if is_temporary(path.name)]
        print(f"{len(stored.entries)} entries, {len(left)} temporary files left in the store")

    def _check_buckets(self) -> None:
        crashes = list(self.store.glob("crashes/FuzzYaml/*"))
        titles = collections.Counter(
            json.loads(path.read_text())["bucket"]
            for path in crashes
            if not is_temporary(path.name)
        )
        recorded = [
            path.name
            for path in self.package.glob("testdata/fuzz/FuzzYaml/*")
            if not is_temporary(path.name)
        ]
        print(f"{len(titles)} buckets, {len(recorded)} files in testdata/fuzz")
        self.faults += [
            f"{count} files of the bucket {t}" for t, count in titles.items() if count > 1
        ]
        if len(recorded) != len(titles):
            self.faults.append(f"{len(recorded)} files in testdata/fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--drivers", type=int, default=20)
    parser.add_argument("--schedulers", type=int, default=10)
    parser.add_argument("--lease", default="1s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kills = ["node"] * options.nodes + ["driver"] * options.drivers
    kills += ["scheduler"] * options.schedulers
    random.Random(options.seed).shuffle(kills)
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(Path(folder), options)
        try:
            attack.note("the first lease ends", attack.wait_for_lease(0), "none")
            for what in kills:
                attack.kill(what)
            attack.end()
        finally:
            attack.cluster.stop()
    for what, seconds in sorted(attack.slowest.items()):
        print(f"{what}: after {seconds:.1f} s at most")
    print(f"{len(kills)} kills, {len(attack.faults)} faults", *attack.faults, sep="\n")
    return 1 if attack.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
