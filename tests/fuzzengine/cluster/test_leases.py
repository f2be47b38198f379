"""Leases, as a node runs them, without a cluster around them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fuzzengine.cluster.lease import Lease
from fuzzengine.cluster.ship import pack, unpack
from fuzzengine.corpus.entry import entry_name
from tests.fuzzengine.running import FOUND, Package

if TYPE_CHECKING:
    from fuzzengine.cluster.lease import Order, Result

pytestmark = [pytest.mark.once, pytest.mark.process]


def order(at: Package, **more: object) -> Order:
    made: dict[str, object] = {
        "driver": "d",
        "test": "FuzzFound",
        "table": "",
        "flags": {"seed": "1", "fuzztime": "500x", "keepgoing": "true"},
        "texts": {},
        "package": {
            "folder": str(at.folder), "module": "", "argument": "", "files": [], "shipped": "",
        },
        "entries": {},
        "dropped": [],
        "unmeasured": [],
        **more,
    }  # fmt: skip
    return made  # type: ignore[return-value]


class Node:
    """A folder for the caches of leases, and their environment."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = base / "node"
        self.folder.mkdir()
        self.wanted = True
        monkeypatch.setenv("FUZZENGINE_CACHE", str(base / "cache"))
        self.told: list[int] = []

    def run(self, given: Order) -> Result:
        return Lease(given, str(self.folder), lambda: self.wanted, self.told.append).run()

    def entries(self) -> set[str]:
        return {path.name for path in self.folder.glob("fuzzengine-d/FuzzFound/*")}


@pytest.fixture
def node(package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    package.write("x_test.py", FOUND)
    return Node(tmp_path, monkeypatch)


@pytest.fixture
def table(node: Node, package: Package) -> str:
    """The digest of the coverage table of the package."""
    return node.run(order(package, driver="other"))["table"]


def test_a_lease_returns_entries_with_their_bits_and_failures(
    node: Node, package: Package, table: str
) -> None:
    result = node.run(order(package, table=table))
    assert result["error"] == ""
    assert result["execs"] == 500
    assert result["cpu"] > 0
    assert set(result["entries"]) == node.entries() != set()
    for name, (data, bits) in result["entries"].items():
        assert name == entry_name(data)
        assert bits == sorted(bits) != []
    [crash] = result["crashes"]
    assert crash["Data"].startswith(b"go test fuzz v1\n")
    assert result["buckets"] == {crash["Bucket"]: result["buckets"][crash["Bucket"]]}
    assert package.recorded() == []


def test_another_table_stops_a_lease(node: Node, package: Package) -> None:
    flags = {"seed": "1", "fuzztime": "1h", "keepgoing": "true"}
    result = node.run(order(package, table="0123456789abcdef", flags=flags))
    assert result["table"] not in ("", "0123456789abcdef")
    assert result["execs"] == 0


def test_known_entries_are_not_returned_again(node: Node, package: Package, table: str) -> None:
    first = node.run(order(package, table=table))
    known = {name: data for name, (data, _) in first["entries"].items()}
    name = min(known)
    again = node.run(order(package, table=table, driver="e", entries=known, unmeasured=[name]))
    assert again["entries"] == {name: first["entries"][name]}


def test_dropped_entries_are_removed(node: Node, package: Package, table: str) -> None:
    [dropped, *_] = found = sorted(node.run(order(package, table=table))["entries"])
    flags = {"seed": "1", "fuzztime": "1x", "keepgoing": "true"}
    node.run(order(package, table=table, dropped=[dropped], flags=flags))
    assert node.entries() == set(found) - {dropped}


def test_muted_buckets_are_counted_only(node: Node, package: Package, table: str) -> None:
    [crash] = node.run(order(package, table=table))["crashes"]
    muted = {"mute": f"{crash['Bucket']}\n"}
    result = node.run(order(package, table=table, texts=muted))
    assert result["crashes"] == []
    assert result["buckets"][crash["Bucket"]] > 0


def test_a_lease_that_is_not_wanted_ends(node: Node, package: Package, table: str) -> None:
    node.wanted = False
    flags = {"seed": "1", "fuzztime": "1h"}
    result = node.run(order(package, table=table, test="FuzzNothing", flags=flags))
    assert result["error"] == ""


def test_a_package_that_is_missing_or_broken_is_named(node: Node, package: Package) -> None:
    place = {"folder": "/nowhere/m", "module": "", "argument": "", "files": [], "shipped": ""}
    result = node.run(order(package, package=place))
    assert result["lasting"]
    assert result["error"] == "no folder /nowhere/m; install the package there, or use -ship"
    package.write("x_test.py", "import does_not_exist")
    result = node.run(order(package))
    assert result["lasting"]
    assert "does_not_exist" in result["error"]


def test_an_installed_package_is_found_by_its_name(node: Node, package: Package) -> None:
    place = {
        "folder": "/nowhere/testing", "module": "fuzzengine.testing", "argument": "", "files": [],
        "shipped": "",
    }  # fmt: skip
    result = node.run(order(package, package=place))
    assert "/nowhere" not in result["error"]


def test_an_archive_has_the_package_and_nothing_hidden(package: Package, tmp_path: Path) -> None:
    package.write("x_test.py", FOUND)
    package.write("testdata/fuzz/FuzzFound/one", "x")
    package.write(".git/config", "x")
    package.write("__pycache__/x.pyc", "x")
    (package.folder / "link").symlink_to("/etc/passwd")
    first = pack(str(package.folder), str(tmp_path))
    folder = Path(unpack(first))
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert [name for name in found if (folder / name).is_file()] == [
        "testdata/fuzz/FuzzFound/one",
        "x_test.py",
    ]
    assert unpack(first) == str(folder)
    os.utime(package.folder / "x_test.py", (1, 1))
    assert pack(str(package.folder), str(tmp_path)) == first
    package.write("x_test.py", "changed = True")
    assert pack(str(package.folder), str(tmp_path)) != first
