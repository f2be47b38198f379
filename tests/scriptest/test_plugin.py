"""Scripts as pytest's items: variants, settings, expected failures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = """
def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".txt":
        from scriptest.pytest_plugin import ScriptFile

        return ScriptFile.from_parent(parent, path=file_path)
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_variants_are_items_and_settings_apply(tmp_path: Path) -> None:
    (tmp_path / "scriptest.yaml").write_text("env: {FLAVOUR: sweet}\n")
    (tmp_path / "a.txt").write_text(
        "exec test $FLAVOUR = sweet\nexec test $size = big\n"
        "-- scriptest.yaml --\nmatrix: {size: [big, small]}\n"
    )
    (tmp_path / "x.txt").write_text("exec false\n-- scriptest.yaml --\nxfail: bug 7\n")
    found = run_pytest(tmp_path)
    assert "PASSED a.txt::a[big]" in found.stdout
    assert "FAILED a.txt::a[small]" in found.stdout
    assert "a.txt[small]:2:1: test big" not in found.stdout
    assert "a.txt[small]:2:1: test small = big: exit status 1" in found.stdout
    assert "XFAIL x.txt::x - bug 7" in found.stdout
    assert found.returncode == 1


def test_wrong_settings_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "scriptest.yaml").write_text("evn: {}\n")
    (tmp_path / "a.txt").write_text("exec true\n")
    found = run_pytest(tmp_path)
    assert (
        "scriptest.yaml:1: scriptest.yaml: unknown key `evn`; did you mean `env`?" in found.stdout
    )
    assert "Traceback" not in found.stdout
    assert found.returncode == 2
