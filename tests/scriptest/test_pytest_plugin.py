"""Scripts under pytest, in a pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = """
from scriptest.pytest_plugin import ScriptFile


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".txt":
        return ScriptFile.from_parent(parent, path=file_path)
"""


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_failure_shows_the_script_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("# one\necho hello\ncmp stdout want\n-- want --\nbye\n")
    done = pytest_in(tmp_path)
    assert done.returncode == 1
    assert "bad.txt:3:1: stdout and want differ\n--- want: want\n+++ got: stdout" in done.stdout
    assert done.stdout.count("> echo hello") == 1
    assert "FAILED bad.txt::bad - stdout and want differ" in done.stdout
    assert "Traceback" not in done.stdout
    assert "runtest" not in done.stdout


def test_outcomes(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("echo hello\n")
    (tmp_path / "skipped.txt").write_text("skip 'not today'\n")
    done = pytest_in(tmp_path, "-rs")
    assert done.returncode == 0
    assert "1 passed, 1 skipped" in done.stdout
    assert "not today" in done.stdout


def test_each_variant_of_a_matrix_is_an_item(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text(
        "echo {{ word }}\nstdout a\n-- scriptest.yaml --\nmatrix:\n  word: [apple, fig]\n"
    )
    done = pytest_in(tmp_path, "-v")
    assert "m.txt::m[apple] PASSED" in done.stdout
    assert "m.txt::m[fig] FAILED" in done.stdout
    assert pytest_in(tmp_path, "-k", "apple").returncode == 0


def test_wrong_settings_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("echo hello\n")
    (tmp_path / "scriptest.yaml").write_text("timout: 5s\n")
    done = pytest_in(tmp_path)
    assert done.returncode != 0
    assert "scriptest.yaml:1" in done.stdout + done.stderr
    assert "timeout" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
