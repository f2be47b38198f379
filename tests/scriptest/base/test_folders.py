from __future__ import annotations

import os
from pathlib import Path

import pytest

from scriptest.base.folders import NO_HOME, cache_folder, temporary_folder


def test_the_cache_folder_of_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    home = {"HOME": str(tmp_path)}
    assert cache_folder("p", home) == str(tmp_path / ".cache/p")
    assert cache_folder("p", {**home, "XDG_CACHE_HOME": "/c"}) == "/c/p"
    assert cache_folder("p", {**home, "XDG_CACHE_HOME": "relative"}) == str(tmp_path / ".cache/p")
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder("p", home) == str(tmp_path / "Library/Caches/p")


def test_without_a_home_there_is_no_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder("p", {}) == ""
    assert cache_folder("p", {"HOME": str(tmp_path / "none")}) == ""
    # Also where a program in a sandbox has made that folder: scripts share nothing.
    monkeypatch.setattr("os.path.isdir", lambda path: True)
    assert cache_folder("p", {"HOME": NO_HOME}) == ""


def test_the_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    named = {"TMPDIR": str(tmp_path / "none"), "TEMP": str(tmp_path / "b"), "TMP": "/"}
    assert temporary_folder(named) == str(tmp_path / "b")
    assert os.path.isdir(temporary_folder({}))
