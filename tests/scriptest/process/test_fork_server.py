"""Entry points that are forked from a loaded parent: what they get, and that nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.process.fork_server import ForkServer
from tests.waiting import PATIENCE, wait_for_line, wait_until, wait_until_empty, wait_until_gone

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="processes are forked on POSIX only"),
]

ROOT = Path(__file__).parents[3]
TOOL = """
import os, sys, time

def main():
    if sys.argv[1:] == ["wait"]:
        print(os.getpid(), os.getppid(), flush=True)
        time.sleep(600)
    print(sorted(os.environ), os.getcwd(), sys.argv, sorted(map(int, os.listdir("/proc/self/fd"))))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "forked_tool.py").write_text(TOOL)
    return tmp_path


def test_a_child_has_what_it_was_given_and_nothing_else(folder: Path) -> None:
    server = ForkServer("forked_tool:main", [str(folder)])
    try:
        for number in range(2):
            env = {"ONLY": str(number)}
            child = server.start(["tool", "x"], "/", env, (subprocess.DEVNULL, -1, -1))
            assert child is not None
            assert child.stdout is not None
            assert child.stderr is not None
            with child.stdout as stdout, child.stderr as stderr:
                # 3 is the folder that is being listed.
                assert stdout.read() == b"['ONLY'] / ['tool', 'x'] [0, 1, 2, 3]\n"
                assert stderr.read() == b""
            assert child.wait(PATIENCE) == 0
    finally:
        server.close()


def test_children_run_side_by_side(folder: Path) -> None:
    server = ForkServer("forked_tool:main", [str(folder)])
    try:
        children = []
        for _ in range(3):
            child = server.start(["tool", "wait"], "/", {}, (subprocess.DEVNULL, -1, -2))
            assert child is not None
            assert child.stdout is not None
            assert child.stdout.read(1).isdigit()
            assert child.poll() is None
            children.append(child)
        for child, number in zip(children, (signal.SIGTERM, signal.SIGKILL, 0), strict=True):
            if number:
                os.killpg(child.pid, number)
                assert child.wait(PATIENCE) == -number
        with pytest.raises(subprocess.TimeoutExpired):
            children[2].wait(0)
        os.killpg(children[2].pid, signal.SIGKILL)
        children[2].wait(PATIENCE)
        for child in children:
            assert child.stdout is not None
            child.stdout.close()
    finally:
        server.close()


@pytest.mark.parametrize("variable", ["PYTHONPATH", "COVERAGE_PROCESS_START"])
def test_what_only_a_new_process_takes_in_is_left_to_one(folder: Path, variable: str) -> None:
    server = ForkServer("forked_tool:main", [str(folder)])
    streams = (subprocess.DEVNULL, subprocess.DEVNULL, subprocess.DEVNULL)
    try:
        child = server.start(["tool"], "/", {}, streams)
        assert child is not None
        assert child.wait(PATIENCE) == 0
        assert server.start(["tool"], "/", {variable: "x"}, streams) is None
    finally:
        server.close()


def test_a_killed_run_leaves_neither_parent_nor_child(folder: Path) -> None:
    (folder / "scriptest.yaml").write_text("commands: {tool: {python: forked_tool:main}}\n")
    (folder / "a.txt").write_text("exec -out=out tool wait\n")
    temporary = folder / "tmp"
    temporary.mkdir()
    run = subprocess.Popen(
        [sys.executable, "-m", "scriptest", "run", "a.txt"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    (out,) = wait_until(lambda: list(temporary.glob("*/a/out")), "the output of the tool")
    pids = [int(word) for word in wait_for_line(out).split()]
    run.kill()
    run.wait()
    for pid in pids:
        wait_until_gone(pid)
    wait_until_empty(temporary)
