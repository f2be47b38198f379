from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from scriptest.base import cluster
from scriptest.base.cluster import Address, ClusterError

OPTION = "--cluster"


@pytest.mark.parametrize(
    ("text", "workers"),
    [
        ("local:4", 4),
        ("tls://head:8786", 0),
        ("tls://10.0.0.7:8786", 0),
        ("tcp://127.0.0.1:8786", 0),
        ("tcp://127.1.2.3:8786", 0),
        ("tcp://localhost:8786", 0),
        ("tcp://[::1]:8786", 0),
    ],
)
def test_addresses(text: str, workers: int) -> None:
    assert cluster.parse_address(text, OPTION) == Address(text, workers)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("local:0", "--cluster local:0: write a number of workers, such as local:4"),
        ("local:", "write a number of workers"),
        ("local", "write a number of workers"),
        ("head", "--cluster head: write tls://HOST:PORT"),
        ("head:8786", "write tls://HOST:PORT"),
        ("tls://head", "write tls://HOST:PORT"),
        ("tls://head:x", "write tls://HOST:PORT"),
        ("tls://:1", "write tls://HOST:PORT"),
        ("ws://127.0.0.1:8786", "write tls://HOST:PORT"),
        ("tcp://head:8786", "--cluster tcp://head:8786: refused, since Dask runs the code of"),
        ("tcp://10.0.0.7:8786", "refused"),
        ("tcp://0.0.0.0:8786", "refused"),
        ("tcp://localhost.example:8786", "refused"),
    ],
)
def test_invalid_addresses_are_rejected(text: str, message: str) -> None:
    with pytest.raises(ClusterError, match=re.escape(message)):
        cluster.parse_address(text, OPTION)


def test_without_dask_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    message = cluster.missing_extra(OPTION)
    assert message.startswith("--cluster needs Dask")
    assert message.endswith("pip install 'scriptest[cluster]'")
    with (
        pytest.raises(ClusterError, match=re.escape(message)),
        cluster.connect(Address("local:1", 1), OPTION),
    ):
        pass


def run(code: str, tmp_path: Path) -> str:
    """Run Python code in a process of its own, where Dask may start threads and set up logging."""
    code = f"from scriptest.base.cluster import *\nif __name__ == '__main__':\n{code}"
    program = tmp_path / "program.py"
    program.write_text(code)
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, cwd=tmp_path, env=env
    )
    assert process.stderr == ""
    return process.stdout


@pytest.mark.process
@pytest.mark.once
def test_a_local_cluster_runs_tasks_in_processes(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    code = """
    with connect(Address("local:2", 2), "--cluster") as client:
        print(len(client.scheduler_info()["workers"]))
        print(client.submit(os.getpid).result() != os.getpid())
        print(client.scheduler.address.startswith("tcp://127.0.0.1:"))
        import dask
        print(client.submit(dask.config.get, "distributed.worker.profile.enabled").result())
"""
    assert run(code, tmp_path) == "2\nTrue\nTrue\nFalse\n"


@pytest.mark.process
@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:1", "--cluster tcp://127.0.0.1:1: Timed out trying to connect"),
        ("tls://127.0.0.1:1", "--cluster tls://127.0.0.1:1: TLS is not configured: "),
        ("tls://no..host:1", "--cluster tls://no..host:1: there is no host no..host"),
    ],
)
def test_a_cluster_that_cannot_be_used(tmp_path: Path, address: str, message: str) -> None:
    pytest.importorskip("distributed")
    code = f"""
    try:
        with connect(parse_address({address!r}, "--cluster"), "--cluster", timeout=0.5):
            pass
    except ClusterError as error:
        print(error)
"""
    assert run(code, tmp_path).startswith(message)
