"""Places that are full or cannot be written: said in one line, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzzengine.running import FOUND, Package, processes_of


def mounted(folder: Path, *options: str) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.getuid() != 0:
        return False
    command = [mount, "-t", "tmpfs", *options, "fuzzengine-test", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a full disk."""
    folder = tmp_path / "small"
    if not mounted(folder, "-o", "size=64k"):
        pytest.skip("no file system can be mounted here")
    try:
        with open(folder / "filler", "wb", buffering=0) as file:
            file.write(bytes(1 << 20))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_under_the_cache(package: Package, small: Path) -> None:
    package.write("found_test.py", FOUND)
    done = package.run(
        "test", "-fuzz=FuzzNothing", "-fuzztime=5000x", FUZZENGINE_CACHE=str(small / "c")
    )
    assert done.returncode == 0
    text = "warning: new inputs are kept in memory only: cannot write to the cache: no space left"
    assert done.stdout.count(text) == 1
    assert "Traceback" not in done.stdout
    assert [path for path in small.rglob("*") if path.is_file()] == [small / "filler"]
    assert processes_of(package) == []


def test_a_full_disk_under_temporary_files(package: Package, small: Path) -> None:
    package.write("found_test.py", FOUND)
    done = package.run("test", "-fuzz=FuzzFound", TMPDIR=str(small))
    assert done.returncode == 1
    assert "found_test.py:7: found\n" in done.stdout
    assert len(package.recorded()) == 1
    assert list(small.iterdir()) == [small / "filler"]


def test_a_full_disk_under_testdata(package: Package, small: Path) -> None:
    package.write("found_test.py", FOUND)
    (package.folder / "testdata").symlink_to(small)
    done = package.run("test", "-fuzz=FuzzFound")
    assert done.returncode == 1
    assert "    cannot write to testdata/fuzz/FuzzFound: no space left on device\n" in done.stdout
    assert '    []byte("ab")\n' in done.stdout
    assert "    Failing input written to " in done.stdout
    assert [path for path in small.rglob("*") if path.is_file()] == [small / "filler"]


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_a_cache_and_testdata_that_are_read_only(package: Package) -> None:
    package.write("found_test.py", FOUND)
    (package.folder / "testdata").write_text("a file where a folder should be")
    package.cache.write_text("this, too")
    done = package.run("test", "-fuzz=FuzzFound", "-parallel=1", "-run=NONE")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert processes_of(package) == []


def test_a_read_only_disk(package: Package, tmp_path: Path) -> None:
    folder = tmp_path / "readonly"
    if not mounted(folder, "-o", "ro"):
        pytest.skip("no file system can be mounted here")
    try:
        package.write("found_test.py", FOUND)
        (package.folder / "testdata").symlink_to(folder)
        done = package.run("test", "-fuzz=FuzzFound")
        assert "    cannot write to testdata/fuzz/FuzzFound: read-only file system\n" in done.stdout
        assert '    []byte("ab")\n' in done.stdout
        limit = "-fuzztime=5000x"
        done = package.run("test", "-fuzz=FuzzNothing", limit, FUZZENGINE_CACHE=str(folder))
        assert done.returncode == 0
        assert "cannot write to the cache: read-only file system\n" in done.stdout
    finally:
        subprocess.run(["umount", str(folder)], check=True)
