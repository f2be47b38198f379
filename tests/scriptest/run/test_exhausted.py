"""Without descriptors, threads or processes a run ends with status 3 and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.refusing import LIMITED
from tests.waiting import PATIENCE, wait_until_empty

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="Windows has no such limits"),
]

ROOT = Path(__file__).parents[3]
DESCRIPTORS = "too many open files (see `ulimit -n`)"
PROCESSES = "no more processes or threads can be started (see `ulimit -u`)"
TOOL = """
    import sys

    def main():
        print("tool", *sys.argv[1:])
"""

# The same in the fork server of the tool.
REFUSED_FORKS = """
    import errno
    import os

    forks = iter(range({}))
    fork = os.fork

    def limited():
        if next(forks, None) is None:
            raise BlockingIOError(errno.EAGAIN, "")
        return fork()

    os.fork = limited
"""
SCRIPT = """
exec sh -c 'echo text; echo error >&2'
exec tool one
exec sleep 600 &server&
exec tool two &
ttyin a
exec cat
exec -out=o echo text
mkdir d/e
cp o d/e/f
symlink l -> o
append o text
rm d
kill server
-- a --
text
"""

# For the process that runs scripts.
REFUSING = f"""\
{LIMITED}
import _posixsubprocess

kind, limit = os.environ["REFUSED"].split()
if "scriptest" in sys.orig_argv:
    if kind == "thread":
        limit_threads(int(limit))
    else:
        function = limited(_posixsubprocess.fork_exec, int(limit), no_process)
        _posixsubprocess.fork_exec = function
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "few_tool.py").write_text(textwrap.dedent(TOOL))
    (tmp_path / "scriptest.yaml").write_text("commands: {tool: {python: 'few_tool:main'}}\n")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(SCRIPT)
    return tmp_path


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(folder / "modules"), str(ROOT)))
    return subprocess.run(
        [*command, sys.executable, "-m", "scriptest", "run", "-j2", "--junit=report.xml", "."],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONPATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def check(done: subprocess.CompletedProcess[str], reason: str, folder: Path) -> None:
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    assert "internal error" not in output
    if done.returncode:
        assert done.returncode == 3, output
        assert reason in output
        assert "FAIL" not in output
    else:
        assert done.stderr == ""
    wait_until_empty(folder / "tmp")


def test_few_descriptors(folder: Path) -> None:
    statuses = []
    for limit in (6, 8, 11, 14, 17, 20, 24, 28, 64):
        done = run(folder, "/bin/sh", "-c", f'ulimit -n {limit} && exec "$@"', "sh")
        check(done, DESCRIPTORS, folder)
        statuses.append(done.returncode)
    assert statuses[0] == 3
    assert statuses[-1] == 0


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_few_threads_and_processes(folder: Path, kind: str) -> None:
    (folder / "modules").mkdir()
    (folder / "modules" / "sitecustomize.py").write_text(REFUSING)
    for limit in range(8):
        done = run(folder, REFUSED=f"{kind} {limit}")
        check(done, PROCESSES, folder)
        if not limit:
            assert done.returncode == 3


@pytest.mark.parametrize("limit", [0, 1])
def test_few_forks_of_the_fork_server(folder: Path, limit: int) -> None:
    code = textwrap.dedent(TOOL) + textwrap.dedent(REFUSED_FORKS).format(limit)
    (folder / "few_tool.py").write_text(code)
    done = run(folder)
    check(done, PROCESSES, folder)
    assert done.returncode == 3
