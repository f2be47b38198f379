from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.base import claims
from scriptest.base.files import is_temporary, sweep, temporary_name, write_file

no_locks = pytest.mark.skipif(sys.platform == "win32", reason="files have no such locks there")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    write_file(str(link), b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_file(str(folder), b"new")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(not hasattr(os, "mknod"), reason="no devices can be made")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "null"
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        path.write_bytes(b"")
    except PermissionError:
        pytest.skip("only root makes devices, and not everywhere")
    write_file(str(path), b"new")
    assert stat.S_ISCHR(path.stat().st_mode)
    assert os.listdir(tmp_path) == ["null"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
def test_a_mode_that_is_asked_for_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"new", b"replaced"):
        write_file(str(path), content, mode=0o700, sync=False)
        assert path.read_bytes() == content
        assert path.stat().st_mode & 0o777 == 0o700
        path.chmod(0o600)


def test_an_unfinished_file_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []

    def refuse(source: str, target: str) -> None:
        names.extend(os.listdir(tmp_path))
        raise PermissionError

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(PermissionError):
        write_file(str(tmp_path / ("x" * 255)), b"new")
    assert [is_temporary(name) for name in names] == [True]
    assert os.listdir(tmp_path) == []
    assert not is_temporary("x.tmp")


@no_locks
@pytest.mark.process
def test_the_unfinished_file_of_a_killed_process_is_swept(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from scriptest.base.files import write_file\n"
        "os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_file(sys.argv[1], b'new')"
    )
    path = tmp_path / "file"
    for _ in range(2):
        # The second one sweeps, and is killed as well.
        subprocess.run([sys.executable, "-c", code, path], check=False)
        (left,) = os.listdir(tmp_path)
        assert is_temporary(left)
    sweep(str(tmp_path))
    assert os.listdir(tmp_path) == []


@no_locks
def test_an_unfinished_file_that_is_being_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def swept(source: str, target: str) -> None:
        sweep(str(tmp_path))
        replace(source, target)

    monkeypatch.setattr(os, "replace", swept)
    write_file(str(tmp_path / "file"), b"new")
    assert os.listdir(tmp_path) == ["file"]


@no_locks
def test_a_sweep_that_is_faster_than_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, sweeps = claims.lock, iter([True])

    def late(descriptor: int, *, wait: bool) -> bool:
        if wait and next(sweeps, False):
            sweep(str(tmp_path))
        return lock(descriptor, wait=wait)

    monkeypatch.setattr(claims, "lock", late)
    write_file(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


@no_locks
def test_only_unfinished_files_are_swept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / temporary_name()).mkdir()
    (tmp_path / temporary_name()).symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / temporary_name())
    before = sorted(os.listdir(tmp_path))
    sweep(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == before
    sweep(str(tmp_path / "none"))
