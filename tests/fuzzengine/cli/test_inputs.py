"""Every package has its interesting inputs to itself, and takes over those of earlier versions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fuzzengine.base.paths import package_key
from fuzzengine.cli.inputs import inputs_folder, take_over
from fuzzengine.corpus.entry import entry_name
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.once

# Four blocks, each reached by an input of its own.
PARTS = """
def FuzzKind(f):
    @f.fuzz
    def _(t, data: bytes):
        if data == b"one":
            t.log("1")
        elif data == b"two":
            t.log("2")
        elif data == b"three":
            t.log("3")
"""
# One block: one input is enough.
WHOLE = """
def FuzzKind(f):
    @f.fuzz
    def _(t, data: bytes):
        pass
"""


def put(folder: Path, *texts: str) -> list[str]:
    """Write entries to a folder; return the names of all files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for text in texts:
        data = f'go test fuzz v1\n[]byte("{text}")\n'.encode()
        (folder / entry_name(data)).write_bytes(data)
    return names(folder)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def other_project(package: Package, test: str) -> Package:
    """Return a package of the same name that uses the same cache."""
    other = Package(package.base / "other")
    other.cache = package.cache
    other.write("kind_test.py", test)
    return other


def minimize(package: Package, *arguments: str) -> str:
    done = package.run("corpus", "minimize", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_minimizing_one_project_leaves_another_one_alone(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    other = other_project(package, WHOLE)
    for one in (package, other):
        assert one.run("test", "-fuzz=.", "-fuzztime=1x").returncode == 0
        put(one.inputs("FuzzKind"), "one", "two", "three", "four")
    assert minimize(other).endswith(" cached entries -> 1\n")
    assert minimize(package).endswith("FuzzKind: 5 cached entries -> 4\n")
    assert package.inputs("FuzzKind") != other.inputs("FuzzKind")


@pytest.mark.parametrize(
    ("own", "others", "top"),
    [
        (["kind_test.py"], ["other/kind_test.py"], "cache/fuzz"),
        (["-fuzzcachedir=shared"], ["-fuzzcachedir=shared", "other"], "m/shared"),
    ],
)
def test_single_files_and_named_caches_are_not_shared_either(
    package: Package, own: list[str], others: list[str], top: str
) -> None:
    package.write("kind_test.py", PARTS)
    package.write("other/kind_test.py", PARTS)
    for arguments in (own, others):
        assert package.run("test", "-fuzz=.", "-fuzztime=1x", *arguments).returncode == 0
    folders = [package.folder, package.folder / "other"]
    assert names(package.base / top) == sorted(package_key(str(folder)) for folder in folders)


def test_a_folder_and_its_files_share_their_inputs(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    for name in ("kind_test.py", ".", str(package.folder)):
        assert package.run("test", "-fuzz=.", "-fuzztime=1x", name).returncode == 0
    assert names(package.cache / "fuzz") == [package_key(str(package.folder))]


def test_a_relative_cache_is_one_folder_for_all_packages(package: Package) -> None:
    for name in ("one", "two"):
        package.write(f"{name}/kind_test.py", PARTS)
        command = ("test", "-fuzz=.", "-fuzztime=1x", name)
        assert package.run(*command, FUZZENGINE_CACHE="cache").returncode == 0
    assert names(package.folder) == ["cache", "one", "two"]
    assert names(package.folder / "cache") == ["code", "fuzz"]
    assert len(names(package.folder / "cache" / "fuzz")) == 2


def test_inputs_of_earlier_versions_are_copied(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    other = other_project(package, WHOLE)
    top = package.cache / "fuzz"
    before = put(top / "m" / "FuzzKind", "one", "two", "three", "four")
    put(top / "m" / "FuzzNotHere", "one")
    put(top / "command-line-arguments" / "FuzzKind", "five")
    assert minimize(other) == "FuzzKind: 5 cached entries -> 1\n"
    assert minimize(package) == "FuzzKind: 5 cached entries -> 4\n"
    assert names(top / "m" / "FuzzKind") == before
    assert names(package.inputs("FuzzKind").parent) == ["FuzzKind"]
    assert minimize(package) == "FuzzKind: 4 cached entries -> 4\n", "copied once"


def test_a_named_cache_of_earlier_versions_is_copied(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    cache = package.base / "named"
    before = put(cache / "FuzzKind", "one", "two")
    assert package.run("test", "-fuzz=.", "-fuzztime=1x", f"-fuzzcachedir={cache}").returncode == 0
    assert names(cache / "FuzzKind") == before
    assert set(before) <= set(names(cache / package_key(str(package.folder)) / "FuzzKind"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs")
def test_only_regular_files_are_copied(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    old = package.cache / "fuzz" / "m" / "FuzzKind"
    before = put(old, "one")
    (old / "folder").mkdir()
    os.mkfifo(old / "pipe")
    (old / "link").symlink_to("nowhere")
    folder = inputs_folder(str(package.folder), str(package.cache))
    take_over(str(package.folder), folder)
    assert names(Path(folder) / "FuzzKind") == before


def test_a_copy_that_fails_leaves_nothing(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    package.write("kind_test.py", PARTS)
    put(package.cache / "fuzz" / "m" / "FuzzKind", "one")
    folder = inputs_folder(str(package.folder), str(package.cache))

    def fail(source: str, target: str) -> None:
        raise OSError

    monkeypatch.setattr("os.rename", fail)
    take_over(str(package.folder), folder)
    assert names(package.cache / "fuzz") == ["m"]


def test_a_name_cannot_leave_the_cache(package: Package) -> None:
    package.write("pyproject.toml", '[project]\nname = "../../x/.."\n')
    package.write("kind_test.py", PARTS)
    key = package_key(str(package.folder))
    assert "/" not in key
    assert not key.startswith(".")
    put(package.base / "x" / "FuzzKind", "one")
    folder = inputs_folder(str(package.folder), str(package.cache))
    take_over(str(package.folder), folder)
    assert not Path(folder).exists()


def test_scripts_see_the_layout_of_go(package: Package) -> None:
    package.write("kind_test.py", PARTS)
    done = package.run("test", "-fuzz=.", "-fuzztime=1x", FUZZENGINE_COMMAND="go test")
    assert done.returncode == 0
    assert names(package.cache / "fuzz" / "m") == ["FuzzKind"]
