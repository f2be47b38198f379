"""Nodes, drivers, schedulers and stores that fail while a campaign runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fuzzengine.cluster.store import FolderPlace
from fuzzengine.cluster.store_writer import StoreWriter
from scriptest.base.files import is_temporary
from tests.fuzzengine.cluster.conftest import Cluster
from tests.fuzzengine.running import FOUND, Package
from tests.waiting import PATIENCE, wait_until, wait_until_gone

pytestmark = [pytest.mark.once, pytest.mark.process]


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers, for one test."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    started = Cluster(folder)
    try:
        yield started
    finally:
        started.stop()


def start(
    package: Package, cluster: Cluster, *arguments: str, patience: str = "300s"
) -> subprocess.Popen[str]:
    """A driver, which waits for its scheduler as long as `patience` says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fuzzengine", "test", "-cluster", cluster.address, *arguments],
        cwd=package.folder,
        env=package.environment(DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT=patience),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    cluster.processes.append(process)  # type: ignore[arg-type]
    return process


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read the output of a driver up to a line with a text."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    pytest.fail(f"no line with {text}")


def leases_of(worker: subprocess.Popen[bytes]) -> list[int]:
    """The processes of leases: test programs below a Dask worker, and their workers."""
    found = []
    for child in psutil.Process(worker.pid).children(recursive=True):
        try:
            if any("boot.py" in word for word in child.cmdline()):
                found.append(child.pid)
        except psutil.Error:
            # It has ended meanwhile.
            continue
    return found


def files_of(store: Path) -> set[str]:
    """The names of the files that are whole."""
    return {
        path.name for path in store.rglob("*") if not is_temporary(path.name) and path.is_file()
    }


def campaign_of(worker: subprocess.Popen[bytes]) -> list[int]:
    """Wait until a node runs a lease whose worker has begun."""
    return wait_until(lambda: found if len(found := leases_of(worker)) >= 2 else [], "a lease")


def test_leases_of_a_lost_node_are_given_again(own_cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    worker = own_cluster.start_worker()
    driver = start(package, own_cluster, "-fuzz=FuzzNothing", "-fuzztime=100000000x", "-lease=1h")
    leases = campaign_of(worker)
    worker.kill()
    worker.wait()
    for pid in leases:
        wait_until_gone(pid)
    wait_for(driver, "1 lease will be given again")
    joined_late = own_cluster.start_worker()
    assert campaign_of(joined_late)
    driver.send_signal(signal.SIGINT)
    output, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 130, output


def test_a_killed_driver_goes_on_with_all_that_is_stored(
    own_cluster: Cluster, package: Package, tmp_path: Path
) -> None:
    package.write("x_test.py", FOUND)
    store = tmp_path / "store"
    flags = ("-fuzz=FuzzFound", "-keepgoing", "-lease=300x", "-store", str(store))
    worker = own_cluster.start_worker()
    driver = start(package, own_cluster, *flags)
    wait_for(driver, "new bucket")
    wait_until(lambda: files_of(store / "crashes"), "the store")
    driver.kill()
    driver.communicate()
    before = files_of(store)
    wait_until(lambda: not leases_of(worker), "the end of the lease of a killed driver")
    done = package.run(
        "test", "-cluster", own_cluster.address, *flags, "-fuzztime=600x", TMPDIR=str(tmp_path)
    )
    assert f" and 1 bucket of {store}" in done.stdout
    assert "new bucket" not in done.stdout
    assert before <= files_of(store)


def test_a_cancelled_lease_does_not_run_on(own_cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    worker = own_cluster.start_worker()
    driver = start(package, own_cluster, "-fuzz=FuzzNothing", "-lease=1h")
    leases = campaign_of(worker)
    driver.kill()
    driver.communicate()
    for pid in leases:
        wait_until_gone(pid)
    assert worker.poll() is None


def test_without_its_scheduler_a_driver_ends(own_cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    worker = own_cluster.start_worker()
    driver = start(package, own_cluster, "-fuzz=FuzzNothing", "-lease=300x", patience="3s")
    wait_for(driver, "joined: ")
    campaign_of(worker)
    own_cluster.scheduler.kill()
    own_cluster.scheduler.wait()
    output, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 3, output
    assert "Traceback" not in output
    assert output.count("fuzz: cluster: lost the scheduler: ") == 1
    assert "the scheduler does not answer; the same command goes on" in output


def test_a_scheduler_that_comes_back_is_used_again(own_cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    worker = own_cluster.start_worker()
    driver = start(package, own_cluster, "-fuzz=FuzzNothing", "-lease=1h")
    wait_for(driver, "joined: ")
    campaign_of(worker)
    own_cluster.scheduler.kill()
    own_cluster.scheduler.wait()
    own_cluster.start_scheduler(own_cluster.address.rpartition(":")[2])
    late = own_cluster.start_worker()
    wait_for(driver, "joined: ")
    assert campaign_of(late)
    driver.send_signal(signal.SIGINT)
    output, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 130, output


def test_without_nodes_a_driver_says_so_and_gives_up(
    own_cluster: Cluster, package: Package
) -> None:
    package.write("x_test.py", FOUND)
    done = package.run(
        "test", "-fuzz=FuzzNothing", "-cluster", own_cluster.address,
        DASK_DISTRIBUTED__SCHEDULER__NO_WORKERS_TIMEOUT="1s",
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    wait = f"waiting for a dask worker to join {own_cluster.address}; gives up after 1s\n"
    assert done.stdout.count(wait) == 1
    assert "no dask worker has joined for 1s; start some" in done.stderr


def test_a_node_with_other_code_is_refused(own_cluster: Cluster, package: Package) -> None:
    package.write("more.py", "x = 1\nif x:\n    x = 2\n")
    package.write(
        "x_test.py",
        """
        import os

        if os.environ.get("OTHER"):
            import more

        def FuzzX(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    own_cluster.start_worker(OTHER="1")
    driver = start(package, own_cluster, "-fuzz=FuzzX", "-lease=300x")
    output, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 3, output
    assert "refused: 127.0.0.1:" in output
    assert "the coverage table of FuzzX differs there" in output


def test_a_store_that_fails_gets_everything_when_it_is_back(tmp_path: Path) -> None:
    in_the_way = tmp_path / "corpus"
    in_the_way.write_text("")
    said: list[str] = []
    writer = StoreWriter(FolderPlace(str(tmp_path)), said.append)
    writer.write("corpus/FuzzX/1", b"one")
    writer.write("bits/FuzzX/1", b"two")
    wait_until(lambda: said, "the message")
    assert "results are kept until it is back" in said[0]
    in_the_way.unlink()
    wait_until(lambda: len(said) == 2, "the other message")
    assert "is back" in said[1]
    assert writer.finish(PATIENCE) == []
    assert (tmp_path / "corpus" / "FuzzX" / "1").read_bytes() == b"one"
    assert (tmp_path / "bits" / "FuzzX" / "1").read_bytes() == b"two"


def test_what_a_store_does_not_take_is_kept_for_the_next_campaign(
    package: Package, tmp_path: Path
) -> None:
    package.write("x_test.py", FOUND)
    store = tmp_path / "store"
    store.mkdir()
    # The folder of the crashes cannot be made.
    (store / "bits").write_text("")
    (store / "corpus").mkdir()
    command = (
        "test", "-fuzz=FuzzNothing", "-cluster=local:1", "-fuzztime=300x", "-store", str(store),
    )  # fmt: skip
    (store / "bits").unlink()
    (store / "bits").symlink_to("nowhere/at/all")
    done = package.run(*command)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "files could not be written to" in done.stderr
    (store / "bits").unlink()
    again = package.run(*command)
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(list(store.glob("bits/FuzzNothing/*"))) == len(
        list(store.glob("corpus/FuzzNothing/*"))
    )
    assert os.listdir(package.cache / "fuzz" / "cluster") == []
