"""The command `go` of scripts."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzengine import scripting
from fuzzengine.cli import test
from scriptest.base.errors import CheckFailed
from scriptest.sandbox.state import State
from tests.environment import personal_environment


def state(tmp_path: Path, path: str = "") -> State:
    return State(str(tmp_path), {"PATH": path})


def test_a_missing_toolchain_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CheckFailed) as failure:
        scripting.toolchain(state(tmp_path))
    assert "pip install 'scriptest[go]'" in failure.value.message
    assert "\n" not in failure.value.message


def test_the_toolchain_on_path_comes_first(tmp_path: Path) -> None:
    (tmp_path / "go").touch(0o755)
    assert scripting.toolchain(state(tmp_path, str(tmp_path))) == str(tmp_path / "go")


def test_fuzzing_is_refused_without_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scripting.FUZZ.test(state(tmp_path), "") is True
    monkeypatch.setattr(sys, "platform", "wasi")
    assert scripting.FUZZ.test(state(tmp_path), "") is False
    assert test.run(["-fuzz=.", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", "fuzzengine test: -fuzz flag is not supported on wasi\n")


@pytest.mark.parametrize(
    ("files", "arguments", "python"),
    [
        (["a/x_test.py"], ["./..."], True),
        (["a/x_test.py"], ["-v", "..."], True),
        (["a/b/x_test.go"], ["./..."], False),
        (["a/x_test.py", "b/x.py"], ["./b", "./a"], True),
        (["a/x_test.py", "x.py"], ["./b"], False),
        (["x.py"], ["sub/x_test.py"], True),
        (["x_test.py"], ["-fuzzcache", "example.com/m"], True),
        (["x.go"], ["-fuzzcache"], False),
    ],
)
def test_python_tests_are_recognized_from_the_arguments(
    tmp_path: Path, files: list[str], arguments: list[str], python: bool
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert scripting._is_python(str(tmp_path), arguments) is python


@pytest.mark.parametrize(
    ("files", "python"),
    [
        (["a_test.py"], True),
        (["test_a.py"], True),
        (["a.py"], False),
        (["a_test.go"], False),
        (["a_test.py", "a_test.go"], False),
        ([], False),
    ],
)
def test_the_runner_of_a_folder(tmp_path: Path, files: list[str], python: bool) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert scripting._is_python(str(tmp_path), []) is python
    (tmp_path / "other").mkdir()
    assert scripting._is_python(str(tmp_path / "other"), [".."]) is python


PARENTS = r"""
go test
go test
exec python -c 'print(len(set(open("parents").read().split())))'
stdout '^1$'
-- a_test.py --
import os

def TestParent(t):
    stat = open(f"/proc/{os.getppid()}/stat").read()
    with open("parents", "a") as file:
        print(stat.rpartition(")")[2].split()[1], file=file)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_all_starts_are_forks_of_one_process(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PARENTS)
    done = subprocess.run(
        [sys.executable, "-m", "scriptest", "run", "a.txt"],
        cwd=tmp_path,
        env=personal_environment("COVERAGE") | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
