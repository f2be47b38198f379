"""Whole runs: their exit statuses, interruption, what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_for_line, wait_until, wait_until_empty, wait_until_gone

pytestmark = pytest.mark.process


def scriptest(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "scriptest", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_everything_and_prints_what_was_done(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "a.txt").write_text("exec echo done\n")
    (tmp_path / "b.txt").write_text(
        "exec sh -c 'trap \"\" INT TERM HUP; sleep 600 & echo $$ $! >$0; wait; wait' $PIDS\n"
    )
    pids = tmp_path / "pids"
    run = scriptest(tmp_path, "run", "-j1", "-e", f"PIDS={pids}", "a.txt", "b.txt")
    started = [int(word) for word in wait_for_line(pids).split()]
    run.send_signal(number)
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130
    assert "ok   a.txt" in out
    assert "b.txt:1:1: interrupted here" in out
    assert "1 passed, 1 interrupted in" in out
    assert err == ""
    for pid in started:
        wait_until_gone(pid)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_killed_run_leaves_neither_process_nor_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec sh -c 'setsid sleep 600 & echo $! $$ >$0; wait' $PIDS\n")
    pids = tmp_path / "pids"
    run = scriptest(tmp_path, "run", "-e", f"PIDS={pids}", "a.txt")
    started = [int(word) for word in wait_for_line(pids).split()]
    run.kill()
    run.communicate()
    for pid in started:
        wait_until_gone(pid)
    wait_until_empty(tmp_path / "tmp")


def test_scripts_run_side_by_side(tmp_path: Path) -> None:
    # Each waits for the other, so they pass only if they run at the same time.
    for own, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{own}.txt").write_text(
            f"exec sh -c 'touch $0/{own}; until test -e $0/{other}; do sleep 0.01; done' $MEET\n"
        )
    (tmp_path / "meet").mkdir()
    run = scriptest(
        tmp_path, "run", "-j2", "--timeout=5m", "-e", f"MEET={tmp_path / 'meet'}", "a.txt", "b.txt"
    )
    out, _ = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out.splitlines()[-1].split(" in ")[0]) == (0, "2 passed")


def test_no_traceback_for_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec true\n")
    run = subprocess.run(
        [sys.executable, "-m", "scriptest", "run", "a.txt"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": "/proc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "Traceback" not in run.stdout + run.stderr
    assert "/proc" in run.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_a_failure_with_a_place(tmp_path: Path) -> None:
    disk = tmp_path / "tmp"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        (tmp_path / "a.txt").write_text(
            "exec true\nexec python3 -c 'print(''x'' * 8_000_000)'\nexec true\n"
        )
        run = scriptest(tmp_path, "run", "a.txt")
        out, err = run.communicate(timeout=PATIENCE)
        assert run.returncode == 1
        assert "a.txt:2:1: system error: no space left on device" in out
        assert "Traceback" not in out + err
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(os.name == "nt", reason="runs a shell")
@pytest.mark.parametrize(
    ("where", "status", "said"),
    [
        (">&-", 0, ""),
        pytest.param(
            "> /dev/full",
            2,
            "scriptest: the output cannot be written: no space left on device\n",
            marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device"),
        ),
    ],
)
def test_output_that_goes_nowhere(tmp_path: Path, where: str, status: int, said: str) -> None:
    (tmp_path / "a.txt").write_text("exec true\n")
    command = ["sh", "-c", f'"$0" -m scriptest run a.txt {where}', sys.executable]
    run = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (status, said)


def test_a_negative_number_of_jobs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec true\n")
    out, err = scriptest(tmp_path, "run", "-j", "-1", "a.txt").communicate(timeout=PATIENCE)
    assert (out, err) == ("", "scriptest: -j -1: write a number of at least 1\n")


def test_version() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "scriptest", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert out.startswith("scriptest ")


def test_a_setup_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "scriptest.yaml").write_text("suite_setup: {python: 'code:setup'}\n")
    (tmp_path / "code.py").write_text(
        "import os, signal\n\n\ndef setup(shared):\n    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    (tmp_path / "a.txt").write_text("exec true\n")
    run = scriptest(tmp_path, "run", "a.txt")
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out, err) == (130, "", "")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_interrupted_update_writes_nothing(tmp_path: Path) -> None:
    # The golden file is replaced in the first try; the second, which checks it, is interrupted.
    text = (
        "echo new\ncmp stdout want\nexec sh -c 'echo x >>$MARK; test $(wc -l <$MARK) = 1 "
        "|| sleep 600'\n-- want --\nold\n"
    )
    (tmp_path / "a.txt").write_text(text)
    mark = tmp_path / "mark"
    run = scriptest(tmp_path, "run", "--update", "-e", f"MARK={mark}", "a.txt")
    wait_until(lambda: mark.exists() and mark.read_text() == "x\nx\n", "the second try")
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (130, "")
    assert "interrupted" in out
    assert (tmp_path / "a.txt").read_text() == text
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "mark", "tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("change", ["echo ''# by an editor'' >$SCRIPT", "rm $SCRIPT"])
def test_an_update_leaves_what_was_saved_meanwhile(tmp_path: Path, change: str) -> None:
    # The golden file is replaced in the first try; the editor saves during the second.
    script = tmp_path / "a.txt"
    script.write_text(
        "echo new\ncmp stdout want\n"
        f"exec sh -c 'echo x >>$MARK; test $(wc -l <$MARK) = 1 || {change}'\n-- want --\nold\n"
    )
    variables = [f"MARK={tmp_path / 'mark'}", f"SCRIPT={script}"]
    options = [word for variable in variables for word in ("-e", variable)]
    run = scriptest(tmp_path, "run", "--update", *options, "a.txt")
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (1, "")
    message = "want: not updated, since the file was changed while the script ran; run it again"
    assert f"a.txt: {message}" in out
    saved = "# by an editor\n" if "echo" in change else None
    assert (script.read_text() if script.exists() else None) == saved
    assert {path.name for path in tmp_path.iterdir()} - {"a.txt"} == {"mark", "tmp"}
