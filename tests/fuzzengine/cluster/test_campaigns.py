"""Campaigns over a cluster of real processes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fuzzengine.cluster.dask_cluster import has_dashboard
from fuzzengine.cluster.store import FolderPlace, load
from tests.fuzzengine.cluster.conftest import Cluster
from tests.fuzzengine.running import FOUND, Package
from tests.scriptest.cluster.conftest import certificates

pytestmark = [pytest.mark.once, pytest.mark.process]

TWO_BUGS = """
    def FuzzTwo(f):
        @f.fuzz
        def _(t, data: bytes):
            if data[:1] == b"a":
                raise ValueError
            if data[:1] == b"b":
                raise KeyError
"""


def events_of(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [line["Fuzz"] for line in lines if line["Action"] == "fuzz"]


def test_a_failure_ends_the_campaign(cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    done = package.run("test", "-fuzz=FuzzFound", "-cluster", cluster.address)
    assert done.returncode == 1, done.stderr
    assert "x_test.py:7: found" in done.stdout
    [recorded] = package.recorded()
    assert f"fuzzengine test -run={recorded}" in done.stdout
    assert package.run("test", f"-run={recorded}").returncode == 1


def test_buckets_and_entries_are_stored_once(
    cluster: Cluster, package: Package, tmp_path: Path
) -> None:
    package.write("x_test.py", TWO_BUGS)
    store = tmp_path / "store"
    command = (
        "test", "-fuzz=FuzzTwo", "-cluster", cluster.address, "-store", str(store),
        "-fuzztime=2000x", "-lease=500x", "-keepgoing",
    )  # fmt: skip
    done = package.run(*command)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "in 2 buckets:" in done.stdout
    crashes = sorted(path.name for path in store.glob("crashes/FuzzTwo/*"))
    assert len(crashes) == 2
    assert sorted(path.rpartition("/")[2] for path in package.recorded()) == crashes
    entries = {path.name for path in store.glob("corpus/FuzzTwo/*")}
    assert entries
    assert {path.name for path in store.glob("bits/FuzzTwo/*")} == entries

    again = package.run(*command)
    assert f"FuzzTwo goes on with {len(entries)} input" in again.stdout
    assert f" and 2 buckets of {store}\n" in again.stdout
    assert "new bucket" not in again.stdout
    assert again.stdout.count("  known\n") == 2
    assert sorted(path.name for path in store.glob("crashes/FuzzTwo/*")) == crashes


def test_events_tell_about_nodes_and_leases(cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    done = package.run(
        "test", "-fuzz=Fuzz", "-cluster", cluster.address, "-fuzztime=2000x", "-lease=500x",
        "-keepgoing", "-json",
    )  # fmt: skip
    found = events_of(done.stdout)
    nodes = {event["Node"] for event in found if event["Event"] == "node"}
    assert nodes
    leases = [event for event in found if event["Event"] == "lease"]
    assert {event["Node"] for event in leases} <= nodes
    ends = [event for event in found if event["Event"] == "end"]
    assert sum(event["LeaseExecs"] for event in leases) == sum(event["Execs"] for event in ends)
    assert [event["Reason"] for event in ends] == ["limit", "limit"]
    [crash] = [event for event in found if event["Event"] == "crash"]
    assert (package.folder / crash["Path"]).read_text() == crash["Input"]
    starts = [event for event in found if event["Event"] == "start"]
    assert [event["Dashboard"] for event in starts] == ["", ""], "the scheduler has no page"


def test_a_page_shows_the_source_with_what_all_nodes_have_reached(
    cluster: Cluster, package: Package
) -> None:
    package.write("x_test.py", FOUND)
    done = package.run(
        "test", "-fuzz=FuzzNothing", "-cluster", cluster.address, "-fuzztime=4000x",
        "-lease=1000x", "-json", "-html=page.html",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = events_of(done.stdout)
    [module] = [event for event in found if event["Event"] == "module"]
    assert module["File"] == str(package.folder / "x_test.py")
    # The other fuzz test is not executed; what f.fuzz was called from was.
    assert "0" in module["Reached"]
    assert module["Reached"].count("1") > sum(hits > 0 for hits in module["Hits"]) >= 3
    [end] = [event for event in found if event["Event"] == "end"]
    assert max(module["Hits"]) <= end["Inputs"]
    assert module["Examples"][0]["Path"].startswith("corpus/FuzzNothing/")
    assert "<h2>What was reached" in (package.folder / "page.html").read_text()


@pytest.mark.parametrize("pages", [[], ["an application of bokeh"]])
def test_only_a_scheduler_with_bokeh_has_a_page(pages: list[str]) -> None:
    assert has_dashboard(
        SimpleNamespace(http_application=SimpleNamespace(applications=pages))
    ) is bool(pages)


def test_a_shipped_package_is_run_from_the_archive(cluster: Cluster, package: Package) -> None:
    package.write("x_test.py", FOUND)
    package.write("testdata/fuzz/FuzzNothing/seed", 'go test fuzz v1\n[]byte("ab")\n')
    done = package.run(
        "test", "-fuzz=FuzzNothing", "-cluster", cluster.address, "-fuzztime=500x", "-ship"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(cluster.folder.rglob("fuzzengine-package-*/testdata/fuzz/FuzzNothing/seed"))


def test_a_local_cluster_leaves_nothing(package: Package) -> None:
    package.write("x_test.py", FOUND)
    done = package.run("test", "-fuzz=FuzzNothing", "-cluster=local:1", "-fuzztime=500x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert package.leftovers() == []
    [key] = (package.cache / "fuzz" / "cluster").iterdir()
    assert load(FolderPlace(str(key)), "FuzzNothing", "").entries


def test_a_long_input_is_recorded_whole(cluster: Cluster, package: Package) -> None:
    package.write(
        "x_test.py",
        """
        def FuzzLong(f):
            f.add(b"x" * 30_000 + b"y")

            @f.fuzz
            def _(t, data: bytes):
                if len(data) >= 30_000 and data[-1:] != b"y":
                    raise ValueError
        """,
    )
    done = package.run(
        "test", "-fuzz=FuzzLong", "-cluster", cluster.address, "-fuzzminimizetime=0x"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    [recorded] = package.recorded()
    assert (package.folder / "testdata" / "fuzz" / recorded).stat().st_size > 30_000
    assert package.run("test", f"-run={recorded}").returncode == 1


def test_encrypted_connections_need_the_certificate(package: Package, tmp_path: Path) -> None:
    package.write("x_test.py", FOUND)
    folder = tmp_path / "cluster"
    folder.mkdir()
    settings = certificates(folder)
    encrypted = Cluster(folder, "--protocol", "tls", **settings)
    try:
        encrypted.start_worker()
        command = ("test", "-fuzz=FuzzFound", "-cluster", encrypted.address)
        refused = package.run(*command)
        assert refused.returncode == 3
        assert "TLS is not configured" in refused.stderr
        done = package.run(*command, **settings)
        assert done.returncode == 1, done.stdout + done.stderr
        assert len(package.recorded()) == 1
    finally:
        encrypted.stop()
