"""A scheduler and workers of Dask on loopback, as real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzzengine.running import ROOT
from tests.waiting import wait_until

pytest.importorskip("distributed")
pytest.importorskip("fsspec")


class Cluster:
    """A scheduler, and the workers that were started for it."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.folder = folder
        self._options = options
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("FUZZENGINE", "PYTHON"))},
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder),
            "FUZZENGINE_CACHE": str(folder / "cache"),
            **environment,
        }
        self._file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start_scheduler()
        self.address: str = json.loads(self._file.read_text())["address"]

    def start_scheduler(self, port: str = "0") -> subprocess.Popen[bytes]:
        self._file.unlink(missing_ok=True)
        process = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", port,
            "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(self._file), *self._options,
        )  # fmt: skip
        wait_until(lambda: self._file.exists() and self._file.read_text().endswith("}"))
        return process

    def start_worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """A worker; with `--nanny` it has a parent that starts it again."""
        nanny = ["--nanny"] if "--nanny" in options else ["--no-nanny"]
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard", *nanny,
            "--local-directory", str(self.folder), "--death-timeout", "300", *self._options,
            *(option for option in options if option != "--nanny"), **environment,
        )  # fmt: skip

    def _start(self, role: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{role}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments],
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers, shared by the tests of a module."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        started.start_worker()
        started.start_worker()
        yield started
    finally:
        started.stop()
