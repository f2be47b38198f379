"""Files that are no regular files, or are too large, are named instead of waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]

FUZZ_TEST = """
def FuzzSize(f):
    f.add(b"x")

    @f.fuzz
    def _(t, data: bytes):
        pass
"""
CAMPAIGN = ("test", "-fuzz=.", "-fuzztime=10x", "-run=NONE")


@pytest.mark.parametrize("kind", ["FIFO", "device"])
@pytest.mark.parametrize("flags", [("-dict",), ("-keepgoing", "-mute")])
def test_flags(package: Package, flags: tuple[str, ...], kind: str) -> None:
    package.write("size_test.py", FUZZ_TEST)
    path = make(package.folder / "given", kind)
    done = package.run(*CAMPAIGN, *flags[:-1], f"{flags[-1]}={path}")
    assert f"it is a {kind}, not a regular file" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("kind", ["FIFO", "device"])
def test_test_files(package: Package, kind: str) -> None:
    package.write("size_test.py", FUZZ_TEST)
    make(package.folder / "other_test.py", kind)
    done = package.run(*CAMPAIGN)
    assert f"other_test.py: it is a {kind}, not a regular file\n" in done.stdout
    assert done.returncode not in (0, 1)


@pytest.mark.parametrize("kind", ["FIFO", "device"])
def test_the_project_file(package: Package, kind: str) -> None:
    package.write("size_test.py", FUZZ_TEST)
    make(package.folder / "pyproject.toml", kind)
    assert package.run(*CAMPAIGN).returncode == 0
    assert package.run("env").returncode == 0


def test_a_huge_file_in_the_cache(package: Package) -> None:
    package.write("size_test.py", FUZZ_TEST)
    folder = package.inputs("FuzzSize")
    folder.mkdir(parents=True)
    huge(folder / "huge")
    done = package.run(*CAMPAIGN)
    assert "warning: not using a part of the cache: " in done.stdout
    assert "huge: it is larger than 104,857,600 bytes\n" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("command", [("test",), CAMPAIGN])
def test_a_huge_seed(package: Package, command: tuple[str, ...]) -> None:
    package.write("size_test.py", FUZZ_TEST)
    folder = package.folder / "testdata/fuzz/FuzzSize"
    folder.mkdir(parents=True)
    huge(folder / "huge")
    done = package.run(*command)
    assert "testdata/fuzz/FuzzSize/huge: it is larger than 104,857,600 bytes\n" in done.stdout
    assert done.returncode != 0


def make(path: Path, kind: str) -> Path:
    if kind == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
