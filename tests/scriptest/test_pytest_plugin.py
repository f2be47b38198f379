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


def test_variants_are_items_and_settings_apply(tmp_path: Path) -> None:
    (tmp_path / "scriptest.yaml").write_text("env: {FLAVOUR: sweet}\n")
    (tmp_path / "a.txt").write_text(
        "exec test $FLAVOUR = sweet\nexec test $size = big\n"
        "-- scriptest.yaml --\nmatrix: {size: [big, small]}\n"
    )
    (tmp_path / "x.txt").write_text("exec false\n-- scriptest.yaml --\nxfail: bug 7\n")
    done = pytest_in(tmp_path, "-rA")
    assert done.returncode == 1
    assert "PASSED a.txt::a[big]" in done.stdout
    assert "FAILED a.txt::a[small]" in done.stdout
    assert "a.txt:2:1: test big" not in done.stdout
    assert "a.txt:2:1: test small = big: exit status 1" in done.stdout
    assert "XFAIL x.txt::x - bug 7" in done.stdout
    assert pytest_in(tmp_path, "-k", "big").returncode == 0


def test_wrong_settings_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("echo hello\n")
    (tmp_path / "scriptest.yaml").write_text("evn: {}\n")
    done = pytest_in(tmp_path)
    assert done.returncode == 2
    assert "scriptest.yaml:1: scriptest.yaml: unknown key `evn`; did you mean `env`?" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
