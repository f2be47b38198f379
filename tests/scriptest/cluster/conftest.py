"""A scheduler and workers of Dask on loopback, as real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until


class Cluster:
    """A scheduler and its workers, which are nodes for scripts.

    Attributes:
        address: Of the scheduler.
        workers: The processes of the workers, also of those that have ended.
    """

    def __init__(self, folder: Path, protocol: str = "tcp", **env: str) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self._env = {
            **os.environ,
            "TMPDIR": str(folder),
            "PYTHONPATH": os.getcwd(),
            # A script that has killed two nodes is given to no third one.
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            **env,
        }
        self.scheduler = self._start(
            "scheduler", "--host", f"{protocol}://127.0.0.1", "--port", "0"
        )
        text = wait_until(self._described, "the scheduler")
        self.address: str = json.loads(text)["address"]

    def _described(self) -> str:
        text = self._file.read_text() if self._file.exists() else ""
        return text if text.endswith("}") else ""

    def _start(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *options]
        with open(self.folder / f"{role}.log", "ab") as log:
            return subprocess.Popen(
                [*command, "--no-dashboard", "--scheduler-file", str(self._file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self.folder,
            )

    def need(self, workers: int) -> None:
        """Start workers until enough of them run."""
        alive = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(workers - len(alive)):
            options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
            self.workers.append(self._start("worker", *options))

    def stop(self) -> None:
        """End all processes."""
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


def certificates(folder: Path) -> dict[str, str]:
    """Return Dask's settings for TLS, with a new certificate that all parties use."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    request = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=head"]
    subprocess.run(
        [*request, "-days", "2", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    settings = {"CA_FILE": certificate}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{role}__CERT": certificate, f"{role}__KEY": key}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{name}": text for name, text in settings.items()}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a scheduler, whose workers tests start."""
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()
