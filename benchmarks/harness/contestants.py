"""The same trivial test for every harness, as its users would write it.

Each test has two files, runs `/bin/echo hello`, matches what it printed, compares the two files
and checks that a third does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measure import Program

LINE = "the same line in both\n"
TXTAR_SCRIPT = f"""\
exec /bin/echo hello
stdout '^hello$'
cmp a b
! exists c
-- a --
{LINE}-- b --
{LINE}"""
TRANSCRIPT = f"""\
  $ printf '{LINE[:-1]}\\n' > a
  $ printf '{LINE[:-1]}\\n' > b
  $ /bin/echo hello
  hello
  $ cmp a b
  $ test ! -e c
"""
LIT_CONFIG = """\
import lit.formats
config.name = "trivial"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".test"]
config.test_source_root = config.test_exec_root = __import__("os").path.dirname(__file__)
"""
LIT_USUAL = """\
RUN: mkdir -p %t && cp %S/Inputs/a %S/Inputs/b %t
RUN: /bin/echo hello | filecheck %s
RUN: diff %t/a %t/b
RUN: test ! -e %t/c
CHECK: {{^hello$}}
"""
# lit starts a Python for its own diff, so one shell is the least that its users can get by with.
LIT_FEWEST = """\
RUN: sh -c 'test "$(/bin/echo hello)" = hello && cmp %S/Inputs/a %S/Inputs/b && test ! -e %t'
"""
PYTEST_TEST = """\
import re, subprocess
import pytest


@pytest.mark.parametrize("number", range({count}))
def test_trivial(tmp_path, number):
    (tmp_path / "a").write_text("{line}")
    (tmp_path / "b").write_text("{line}")
    done = subprocess.run(
        ["/bin/echo", "hello"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert re.search("^hello$", done.stdout, re.M)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert not (tmp_path / "c").exists()
"""
TXTAR_CASE = f"""\
-- cmd --
/bin/echo hello
-- stdout --
hello
-- fixtures/cwd/a --
{LINE}-- fixtures/cwd/b --
{LINE}-- expected/cwd/a --
{LINE}"""
TXTAR_CONFTEST = """\
from pytest_txtar.case import TxtarSpec


def pytest_txtar_spec(config):
    return TxtarSpec(commands={}, roots=("cwd",), cwd_root="cwd", env={})
"""
BATS_TEST = """\
@test "trivial {number}" {{
  cd "$BATS_TEST_TMPDIR"
  printf '{line}\\n' >a
  printf '{line}\\n' >b
  run /bin/echo hello
  [ "$status" -eq 0 ]
  [[ "$output" =~ ^hello$ ]]
  cmp a b
  [ ! -e c ]
}}
"""
LOOP = '''\
"""The floor: the same work in a loop that has no features at all."""
import os, re, shutil, subprocess, sys, tempfile

for number in range(int(sys.argv[1])):
    folder = tempfile.mkdtemp()
    for name in ("a", "b"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("{line}")
    done = subprocess.run(
        ["/bin/echo", "hello"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert done.returncode == 0 and re.search("(?m)^hello$", done.stdout.decode())
    with open(os.path.join(folder, "a"), "rb") as a, open(os.path.join(folder, "b"), "rb") as b:
        assert a.read() == b.read()
    assert not os.path.lexists(os.path.join(folder, "c"))
    shutil.rmtree(folder)
'''


class Contestant(NamedTuple):
    """A harness: its name, the program it needs, and what writes the tests and says how to run."""

    name: str
    needs: str
    prepare: Callable[[Path, Path, int], Program]


def _many(folder: Path, suffix: str, text: str, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"test{number:05}{suffix}").write_text(text)


def _scriptest(jobs: int) -> Callable[[Path, Path, int], Program]:
    def prepare(folder: Path, programs: Path, count: int) -> Program:
        _many(folder, ".txt", TXTAR_SCRIPT, count)
        return Program([str(programs / "scriptest"), "run", "-j", str(jobs), "."], folder)

    return prepare


def _loop(folder: Path, programs: Path, count: int) -> Program:
    folder.mkdir()
    (folder / "loop.py").write_text(LOOP.format(line=LINE.replace("\n", "\\n")))
    return Program([str(programs / "python"), "loop.py", str(count)], folder)


def _lit(test: str) -> Callable[[Path, Path, int], Program]:
    def prepare(folder: Path, programs: Path, count: int) -> Program:
        _many(folder, ".test", test, count)
        inputs = folder / "Inputs"
        inputs.mkdir()
        for name, text in (("a", LINE), ("b", LINE)):
            (inputs / name).write_text(text)
        (folder / "lit.cfg.py").write_text(LIT_CONFIG)
        # FileCheck is found as users of lit find it: on PATH.
        path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
        return Program([str(programs / "lit"), "-j1", "-q", "."], folder, {"PATH": path})

    return prepare


def _transcripts(program: str) -> Callable[[Path, Path, int], Program]:
    def prepare(folder: Path, programs: Path, count: int) -> Program:
        _many(folder, ".t", TRANSCRIPT, count)
        return Program([str(programs / program), "-q", str(folder)], folder)

    return prepare


def _pytest_txtar(folder: Path, programs: Path, count: int) -> Program:
    _many(folder, ".txtar", TXTAR_CASE, count)
    (folder / "conftest.py").write_text(TXTAR_CONFTEST)
    return _pytest_run(folder, programs)


def _pytest(folder: Path, programs: Path, count: int) -> Program:
    folder.mkdir()
    test = PYTEST_TEST.format(count=count, line=LINE.replace("\n", "\\n"))
    (folder / "test_trivial.py").write_text(test)
    return _pytest_run(folder, programs)


def _pytest_run(folder: Path, programs: Path) -> Program:
    (folder / "pytest.ini").write_text("[pytest]\n")
    argv = [str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return Program([*argv, "--basetemp", str(folder / "temporary")], folder)


def testscript(binary: str) -> Contestant:
    """Return the Go harness, given its program."""

    def prepare(folder: Path, programs: Path, count: int) -> Program:
        del programs
        _many(folder, ".txt", TXTAR_SCRIPT, count)
        return Program([binary, *sorted(path.name for path in folder.iterdir())], folder)

    return Contestant("testscript (Go)", "python", prepare)


def bats(binary: str) -> Contestant:
    """Return bats, given its program: one file with all tests."""

    def prepare(folder: Path, programs: Path, count: int) -> Program:
        del programs
        folder.mkdir()
        tests = (BATS_TEST.format(number=number, line=LINE[:-1]) for number in range(count))
        (folder / "trivial.bats").write_text("\n".join(tests))
        return Program([binary, "trivial.bats"], folder)

    return Contestant("bats", "python", prepare)


LOOP_NAME, OURS, OURS_PARALLEL = "hand-written loop", "scriptest -j 1", "scriptest -j 2"
CONTESTANTS = (
    Contestant(LOOP_NAME, "python", _loop),
    Contestant(OURS, "scriptest", _scriptest(1)),
    Contestant(OURS_PARALLEL, "scriptest", _scriptest(2)),
    Contestant("cram", "cram", _transcripts("cram")),
    Contestant("prysk", "prysk", _transcripts("prysk")),
    Contestant("pytest-txtar", "pytest", _pytest_txtar),
    Contestant("pytest + subprocess", "pytest", _pytest),
    Contestant("lit, fewest processes", "lit", _lit(LIT_FEWEST)),
    Contestant("lit, as people write it", "filecheck", _lit(LIT_USUAL)),
)
