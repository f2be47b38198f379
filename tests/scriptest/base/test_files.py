from __future__ import annotations

import os
from pathlib import Path

import pytest

from scriptest.base.files import is_temporary, write_file


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
