"""Runs leave no process and no folder behind, whatever their programs do and however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from scriptest.base.files import temporary_name
from tests.scriptest import daemons
from tests.waiting import PATIENCE, is_gone, wait_for_line, wait_until, wait_until_gone

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="daemons are found on Linux only"),
]

ROOT = Path(__file__).parents[3]
TOOL = """
import os, sys, time


def main():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(sys.argv[1], "a") as file:
                print(os.getpid(), file=file)
            os.closerange(0, 100)
            os.execve("/bin/sleep", ["sleep", "600"], {})
        os._exit(0)
    os.wait()
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
"""


def daemon(variable: str = "PIDS") -> str:
    """Return a script that starts a daemon and waits until it runs."""
    command = daemons.start("$0") + "; until test -s $0; do sleep 0.01; done"
    quoted = command.replace("'", "''")
    return f"exec sh -c '{quoted}' ${variable}\n"


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a run of scripts in a folder, with another one for temporary files."""
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "scriptest", "run", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "TMPDIR": str(folder / "tmp"),
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(folder / "cache"),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def pids_in(file: Path, count: int = 1) -> list[int]:
    """Return the numbers in a file once there are so many."""

    def found() -> list[int]:
        words = wait_for_line(file).split()
        return [int(word) for word in words] if len(words) == count else []

    return wait_until(found, f"{count} numbers in {file}")


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "tmp").iterdir())


@pytest.mark.parametrize("command", [daemon(), "tool $PIDS\n", "tool $PIDS &\nwait\n"])
def test_a_daemon_ends_with_its_script(tmp_path: Path, command: str) -> None:
    (tmp_path / "left_tool.py").write_text(TOOL)
    (tmp_path / "scriptest.yaml").write_text("commands: {tool: {python: 'left_tool:main'}}\n")
    (tmp_path / "a.txt").write_text(command)
    pids = tmp_path / "pids"
    run = start(tmp_path, "-e", f"PIDS={pids}", "a.txt")
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (0, ""), out
    (pid,) = pids_in(pids)
    assert is_gone(pid)
    assert left_in(tmp_path) == []


def test_a_daemon_does_not_end_with_another_script(tmp_path: Path) -> None:
    # b is over when c starts, and the daemon of a still runs then.
    (tmp_path / "a.txt").write_text(
        f"{daemon()}exec sh -c 'until test -e $0; do sleep 0.01; done' $DONE\n"
    )
    (tmp_path / "b.txt").write_text(daemon("OTHER"))
    (tmp_path / "c.txt").write_text(
        "defer exec touch $DONE\nexec sh -c 'test -e /proc/$(cat $0)/exe' $PIDS\n"
        "! exec sh -c 'test -e /proc/$(cat $0)/exe' $OTHER\n"
    )
    variables = [f"{name}={tmp_path / name.lower()}" for name in ("PIDS", "OTHER", "DONE")]
    options = [word for variable in variables for word in ("-e", variable)]
    run = start(tmp_path, "-j2", "--timeout=5m", *options, "a.txt", "b.txt", "c.txt")
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (0, ""), out
    for name in ("pids", "other"):
        assert is_gone(*pids_in(tmp_path / name))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_no_daemon_and_no_folder(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "a.txt").write_text(
        f"{daemon()}mkdir deep/deeper\nexec touch deep/deeper/file\nchmod 500 deep/deeper deep\n"
        "exec sh -c 'trap \"\" INT TERM HUP; echo $$ >>$0; while :; do sleep 1; done' $PIDS\n"
    )
    pids = tmp_path / "pids"
    run = start(tmp_path, "-e", f"PIDS={pids}", "a.txt")
    started = pids_in(pids, 2)
    run.send_signal(number)
    _, err = run.communicate(timeout=PATIENCE)
    assert err == ""
    for pid in started:
        wait_until_gone(pid)
    wait_until(lambda: left_in(tmp_path) == [], "the end of the folder")


def test_the_next_run_cleans_up_if_the_watchdog_was_killed_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{daemon()}exec sleep 600\n")
    (tmp_path / "b.txt").write_text("exec true\n")
    pids = tmp_path / "pids"
    run = start(tmp_path, "-e", f"PIDS={pids}", "a.txt")
    (pid,) = pids_in(pids)
    (folder,) = left_in(tmp_path)
    for child in psutil.Process(run.pid).children():
        with suppress(psutil.NoSuchProcess):
            if folder in " ".join(child.cmdline()):
                child.kill()
    run.kill()
    run.communicate()
    assert not is_gone(pid)
    assert left_in(tmp_path) == [folder]
    out, err = start(tmp_path, "b.txt").communicate(timeout=PATIENCE)
    assert (left_in(tmp_path), err) == ([], ""), out
    assert is_gone(pid)


def test_a_run_leaves_the_folders_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec sh -c 'echo $$ >$0; exec sleep 600' $PIDS\n")
    (tmp_path / "b.txt").write_text("exec true\n")
    pids = tmp_path / "pids"
    (tmp_path / "tmp" / "scriptest-0123456789").mkdir(parents=True)
    run = start(tmp_path, "-e", f"PIDS={pids}", "a.txt")
    (pid,) = pids_in(pids)
    before = left_in(tmp_path)
    assert start(tmp_path, "b.txt").communicate(timeout=PATIENCE)[1] == ""
    assert left_in(tmp_path) == before
    assert not is_gone(pid)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=PATIENCE)
    assert left_in(tmp_path) == ["scriptest-0123456789"]


def test_a_run_in_a_script_is_cleaned_up_when_both_are_killed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "exec $PYTHON -m scriptest run -e PIDS=$PIDS inner.txt\n-- inner.txt --\n"
        f"{daemon()}exec sh -c 'echo $$ >>$0; exec sleep 600' $PIDS\n"
    )
    pids = tmp_path / "pids"
    run = start(
        tmp_path, "-e", f"PIDS={pids}", "-e", f"PYTHON={sys.executable}",
        "-e", f"PYTHONPATH={ROOT}", "a.txt",
    )  # fmt: skip
    started = pids_in(pids, 2)
    run.kill()
    run.communicate()
    for pid in started:
        wait_until_gone(pid)
    wait_until(lambda: left_in(tmp_path) == [], "the end of the folder")


def test_a_kept_folder_stays_and_its_daemon_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{daemon()}exec sleep 600\n")
    pids = tmp_path / "pids"
    run = start(tmp_path, "--work", "-e", f"PIDS={pids}", "a.txt")
    (pid,) = pids_in(pids)
    run.kill()
    run.communicate()
    wait_until_gone(pid)
    assert len(left_in(tmp_path)) == 1


def test_the_unfinished_file_of_a_killed_update_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec true\n")
    (tmp_path / temporary_name()).touch()
    assert start(tmp_path, "a.txt").communicate(timeout=PATIENCE)[1] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "cache", "tmp"]
