"""A shell in the sandbox of a script that failed, at a real terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scriptest.base import platform
from tests.scriptest.person import Person, environment
from tests.waiting import LIMITS, wait_until_gone

pytestmark = pytest.mark.skipif(not platform.POSIX, reason="needs terminals")

Runs = Callable[..., Person]
READY = r"Type `exit` to continue, or `exit 130` to end the run\.\n[#$]"
BAD = """\
env COLOUR=blue
mkdir sub
cd sub
defer exec sh -c 'echo tidied >>$LOG'
exec sh -c 'echo $$ >$PIDS/server; exec sleep 300' &
waitfor file $PIDS/server
exec false
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def runs(project: Path, tmp_path: Path) -> Iterator[Runs]:
    people: list[Person] = []

    def start(*words: str) -> Person:
        given = ["-e", f"PIDS={tmp_path}", "-e", f"LOG={tmp_path / 'log'}", "--shell-on-fail"]
        env = {"SHELL": "/bin/sh"}
        people.append(Person(["run", *given, *words], project, env=env, rows=40))
        return people[-1]

    yield start
    for person in people:
        person.close()


def pid_in(path: Path) -> int:
    return int(path.read_text())


def empty(sandboxes: Path) -> bool:
    return list(sandboxes.iterdir()) == []


def test_a_shell_where_it_failed(runs: Runs, project: Path, tmp_path: Path) -> None:
    (project / "bad.txt").write_text(BAD)
    (project / "good.txt").write_text("exec true\n")
    person = runs("-j", "4", "bad.txt", "good.txt")
    seen = person.sees(READY)
    assert "bad.txt:7:1: false: exit status 1" in seen
    assert "Shell in $WORK/sub of bad.txt, with the script's environment." in seen
    person.types('echo "colour=$COLOUR" "in=${PWD#$WORK}" "home=$HOME"\r')
    person.sees(r"(^|# )colour=blue in=/sub home=/no-home$")
    server = pid_in(tmp_path / "server")
    assert psutil.pid_exists(server)
    assert not (tmp_path / "log").exists()
    # An interrupt is for what the shell runs.
    person.types(f"sleep 300 & echo $! >{tmp_path / 'left'}; echo un''til; cat\r")
    person.sees(r"(^|# )until$")
    person.types("seen\r")
    person.sees("^seen\nseen$")
    person.types("\x03")
    person.sees(r"^\^C\n+[#$]")
    person.types("echo sti''ll\r")
    person.sees("^still$")
    person.types("exit\r")
    assert person.leaves() == 1
    seen = person.screen.text()
    assert "\nok   good.txt (" in seen
    assert seen.splitlines()[-1].startswith("1 passed, 1 failed in ")
    assert seen.count("> exec false") == 1
    assert (tmp_path / "log").read_text() == "tidied\n"
    wait_until_gone(server)
    wait_until_gone(pid_in(tmp_path / "left"))
    assert empty(tmp_path / "project-sandboxes")


def test_exit_130_ends_the_run_and_what_failed_has_failed(
    runs: Runs, project: Path, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        (project / name).write_text("exec false\n")
    person = runs("a.txt", "b.txt")
    person.sees(READY)
    person.types("exit 130\r")
    assert person.leaves() == 130
    assert person.screen.text().splitlines()[-1].startswith("0 passed, 1 failed in ")
    assert empty(tmp_path / "project-sandboxes")


def test_what_is_expected_to_fail_opens_no_shell(runs: Runs, project: Path) -> None:
    (project / "a.txt").write_text("exec false\n-- scriptest.yaml --\nxfail: bug 7\n")
    assert runs("a.txt").leaves() == 0


def test_the_time_in_the_shell_does_not_count(runs: Runs, project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text(f"defer exec touch {tmp_path / 'tidied'}\nexec false\n")
    for limit in LIMITS:
        person = runs(f"--timeout={limit}s", "a.txt")
        if "false: exit status 1" in person.sees(READY):
            break
    person.types(f"sleep {limit + 0.5}; exit\r")
    assert person.leaves() == 1
    assert (tmp_path / "tidied").exists()
    assert "[exec touch" not in person.screen.text()
    head = next(line for line in person.screen.text().splitlines() if line.startswith("0 passed"))
    assert head.startswith("0 passed, 1 failed in ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_shell_and_the_run(
    runs: Runs, project: Path, tmp_path: Path, number: int
) -> None:
    (project / "bad.txt").write_text(BAD)
    person = runs("bad.txt")
    person.sees(READY)
    person.types(f"echo $$ >{tmp_path / 'shell'}; sleep 300 & echo $! >{tmp_path / 'left'}; cat\r")
    person.types("seen\r")
    person.sees("^seen\nseen$")
    os.kill(person.process.pid, number)
    assert person.leaves() == 130
    for name in ("server", "shell", "left"):
        wait_until_gone(pid_in(tmp_path / name))
    assert empty(tmp_path / "project-sandboxes")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "scriptest: --shell-on-fail needs a terminal as standard input and output\n"),
        (["--update"], "scriptest: --shell-on-fail and --update cannot be combined\n"),
    ],
)
def test_where_no_shell_can_be(project: Path, words: list[str], message: str) -> None:
    (project / "a.txt").write_text("exec false\n")
    done = subprocess.run(
        [sys.executable, "-m", "scriptest", "run", "--shell-on-fail", *words, "a.txt"],
        cwd=project,
        env=environment(project),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
