"""Claimed folders: swept only when their process has certainly ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.base import claims

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders have no locks there")

CODE = """
import os, sys
from scriptest.base import claims

claims.create(sys.argv[1])
print(flush=True)
sys.stdin.read()
"""


def sweep(parent: Path) -> list[str]:
    claims.sweep(str(parent), "run-", shutil.rmtree)
    return sorted(os.listdir(parent))


@pytest.mark.process
def test_a_folder_is_swept_once_its_process_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CODE, tmp_path / "run-1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (tmp_path / "run-1" / "file").touch()
        assert sweep(tmp_path) == ["run-1"]
        process.kill()
        process.wait()
        assert sweep(tmp_path) == []


def test_other_names_stay(tmp_path: Path) -> None:
    (tmp_path / "other-1").mkdir()
    (tmp_path / "run-file").touch()
    (tmp_path / "run-link").symlink_to(tmp_path / "other-1")
    assert sweep(tmp_path) == ["other-1", "run-file", "run-link"]
    claims.sweep(str(tmp_path / "none"), "run-", shutil.rmtree)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives a folder away")
def test_folders_of_other_users_stay(tmp_path: Path) -> None:
    (tmp_path / "run-1").mkdir()
    os.chown(tmp_path / "run-1", 12345, -1)
    assert sweep(tmp_path) == ["run-1"]


def test_a_folder_that_cannot_be_removed_stays(tmp_path: Path) -> None:
    def refuse(path: str) -> None:
        raise OSError

    (tmp_path / "run-1").mkdir()
    claims.sweep(str(tmp_path), "run-", refuse)
    assert sweep(tmp_path) == []


def test_a_sweep_that_is_faster_than_the_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run-1"
    attempts = []
    mkdir, is_at = os.mkdir, claims._is_at

    def swept(name: str, mode: int) -> None:
        attempts.append(name)
        mkdir(name, mode)
        if len(attempts) == 1:
            os.rmdir(name)

    def removed(descriptor: int, name: str) -> bool:
        if len(attempts) == 2:
            os.rmdir(name)
        return is_at(descriptor, name)

    monkeypatch.setattr(os, "mkdir", swept)
    monkeypatch.setattr(claims, "_is_at", removed)
    descriptor = claims.create(str(path))
    assert len(attempts) == 3
    assert sweep(tmp_path) == ["run-1"]
    os.close(descriptor)
    assert sweep(tmp_path) == []
