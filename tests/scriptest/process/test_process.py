"""Processes: real ones, with real signals."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from scriptest.process import process, which
from scriptest.process.capture import MEMORY_LIMIT, Capture
from scriptest.process.process import Exit, Process, Program
from tests.waiting import PATIENCE, is_gone, wait_until_gone


def start(tmp_path: Path, code: str) -> Process:
    argv = [sys.executable, "-c", code]
    return process.start(
        Program(argv, sys.executable, str(tmp_path), dict(os.environ)),
        Capture(str(tmp_path)),
        Capture(str(tmp_path)),
    )


@pytest.mark.process
def test_output_and_status(tmp_path: Path) -> None:
    running = start(tmp_path, "import sys; print('o'); print('e', file=sys.stderr); sys.exit(3)")
    assert running.run(None, 1) == Exit(3)
    assert (running.stdout.read(), running.stderr.read()) == (b"o\n", b"e\n")


@pytest.mark.process
def test_the_signal_that_ended_it(tmp_path: Path) -> None:
    ended = start(tmp_path, "import os; os.kill(os.getpid(), 9)").run(None, 1)
    assert ended.signal == signal.SIGKILL
    assert str(ended) == "signal: killed"


@pytest.mark.process
def test_a_deadline_ends_what_ignores_signals_with_its_children(tmp_path: Path) -> None:
    running = start(
        tmp_path,
        "import signal, subprocess, sys\n"
        "for n in (signal.SIGQUIT, signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(n, signal.SIG_IGN)\n"
        "same = subprocess.Popen(['sleep', '600'])\n"
        "own = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "print(same.pid, own.pid, flush=True)\n"
        "same.wait()\n",
    )
    # Its time is over only when its children are there.
    assert running.popen.stdout is not None
    children = [int(word) for word in running.popen.stdout.readline().split()]
    running.run_in_background(time.monotonic(), 0.1)
    ended = running.wait(PATIENCE)
    assert ended is not None
    assert ended.timed_out
    for pid in children:
        wait_until_gone(pid)


@pytest.mark.process
def test_a_child_that_holds_the_output_holds_nobody_up(tmp_path: Path) -> None:
    running = start(
        tmp_path,
        "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)",
    )
    assert running.run(None, 1).ok
    assert running.left_pipes_open
    child = int(running.stdout.read())
    assert not is_gone(child)
    running.kill()
    wait_until_gone(child)


@pytest.mark.process
def test_a_child_that_never_stops_writing_holds_nobody_up(tmp_path: Path) -> None:
    running = start(
        tmp_path,
        "import subprocess; subprocess.Popen(['yes']); print(flush=True)",
    )
    assert running.run(None, 1).ok
    assert running.left_pipes_open
    running.kill()


@pytest.mark.process
def test_large_output_goes_to_a_file(tmp_path: Path) -> None:
    size = 3 * MEMORY_LIMIT
    running = start(tmp_path, f"import sys; sys.stdout.write('x' * {size})")
    running.run(None, 1)
    assert running.stdout.size == size
    assert os.fstat(running.stdout._file).st_size >= 2 * MEMORY_LIMIT
    assert os.listdir(tmp_path) == []
    assert running.stdout.read() == b"x" * size
    running.stdout.close()


@pytest.mark.process
def test_a_just_written_program_starts_while_others_fork(tmp_path: Path) -> None:
    # A sibling thread's fork can hold the program's file open for writing (ETXTBSY).
    program = tmp_path / "program"
    for _ in range(50):
        with open(os.open(program, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o755), "w") as file:
            file.write("#!/bin/sh\nexit 0\n")
        running = process.start(
            Program([str(program)], str(program), str(tmp_path), {}), Capture(""), Capture("")
        )
        assert running.run(None, 1).ok


@pytest.mark.parametrize(
    ("name", "search", "found"),
    [
        ("prog", "bin", "bin/prog"),
        ("prog", f"none{os.pathsep}bin", "bin/prog"),
        ("prog", "", None),
        ("bin/prog", "", "bin/prog"),
        ("plain", "bin", None),
        ("folder", "bin", None),
    ],
)
def test_find_program(tmp_path: Path, name: str, search: str, found: str | None) -> None:
    (tmp_path / "bin" / "folder").mkdir(parents=True)
    (tmp_path / "bin" / "prog").touch(0o755)
    (tmp_path / "bin" / "plain").touch(0o644)
    expected = None if found is None else str(tmp_path / found)
    assert which.find_program(name, search, str(tmp_path)) == expected
