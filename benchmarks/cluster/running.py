"""A scheduler, nodes and drivers of benchmarks, as real processes on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

MARK = "FUZZENGINE_BENCHMARK"
"""The variable that all processes of a cluster have, with its folder as the value."""


def wait_until(condition: Callable[[], object], seconds: float) -> float | None:
    """Return after how many seconds a condition is true, or None if it is not in time."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.01)
    return time.monotonic() - start


class Cluster:
    """A scheduler on a fixed port, its nodes and a driver.

    Attributes:
        folder: the folder for all its files.
        address: the address of the scheduler.
        environment: the variables of all its processes.
        scheduler: the process of the scheduler.
        nodes: the processes of nodes.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", protocol: str = "tcp") -> None:
        self.folder = folder
        self.host = host
        self.protocol = protocol
        self.port = free_port()
        self.address = f"{protocol}://{host}:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.nodes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("FUZZ")},
            MARK: str(folder),
            "TMPDIR": str(folder / "tmp"),
            "FUZZENGINE_CACHE": str(folder / "cache"),
        }
        (folder / "tmp").mkdir(parents=True)
        self._all: list[subprocess.Popen[bytes]] = []

    def start(
        self, name: str, command: Sequence[str], prefix: Sequence[str] = (), cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to a file.

        Args:
            name: the name of the file.
            command: the module to run, and its arguments.
            prefix: the words before that, for example those that choose a namespace.
            cwd: the folder to start it in.
        """
        with open(self.folder / f"{name}.out", "ab") as log:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", *command],
                cwd=cwd or self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._all.append(process)
        return process

    def start_scheduler(self, *options: str, prefix: Sequence[str] = ()) -> None:
        """Start the scheduler, and wait until it listens."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        self.scheduler = self.start(
            "scheduler",
            ["distributed.cli.dask_scheduler", "--host", f"{self.protocol}://{self.host}",
             "--port", str(self.port), "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
             "--scheduler-file", str(file), *options],
            prefix,
        )  # fmt: skip
        started = wait_until(lambda: file.exists() and file.read_text().endswith("}"), 120)
        if started is None:
            raise SystemExit((self.folder / "scheduler.out").read_text())

    def start_node(
        self, *options: str, prefix: Sequence[str] = (), name: str = "node"
    ) -> subprocess.Popen[bytes]:
        """Start a node without a nanny."""
        process = self.start(
            name,
            ["distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny",
             "--no-dashboard", "--local-directory", str(self.folder / "tmp"), *options],
            prefix,
        )  # fmt: skip
        self.nodes.append(process)
        return process

    def marked(self) -> dict[int, psutil.Process]:
        """Return the processes that were started for this cluster, directly or not."""
        return {
            process.pid: process for process in psutil.process_iter() if _has_mark(process, self)
        }

    def orphans(self) -> list[str]:
        """Return the commands of processes that no process that runs here has started."""
        found, marked = [], self.marked()
        own = {process.pid for process in self._all if process.poll() is None}
        for pid, process in marked.items():
            try:
                if pid not in own and not own & {parent.pid for parent in process.parents()}:
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def stop(self) -> None:
        """Kill all processes that were started here."""
        for process in self._all:
            process.kill()
            process.wait()


def _has_mark(process: psutil.Process, cluster: Cluster) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get(MARK) == cluster.environment[MARK]
        )
    except psutil.Error:
        return False


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def write_target(folder: Path, text: str) -> Path:
    """Write a package with one test file; return its folder."""
    package = folder / "package"
    package.mkdir()
    (package / "target_test.py").write_text(textwrap.dedent(text))
    return package


def events(path: Path, start: int = 0) -> list[dict[str, object]]:
    """Return the events in the output of a driver that was started with -json.

    Args:
        path: the file with the output.
        start: the number of bytes to skip, which end with a line.
    """
    with open(path, "rb") as file:
        file.seek(start)
        lines = file.read().splitlines()
    found = []
    for line in lines:
        try:
            found.append(json.loads(line).get("Fuzz", {}))
        except (ValueError, AttributeError):
            # A driver that was killed leaves part of a line.
            continue
    return found
