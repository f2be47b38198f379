"""Commands on FIFOs, devices, sockets and folders: they refuse these, and never wait for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.base import regular_files
from scriptest.base.errors import ScriptError, Stop
from scriptest.engine.result import Status
from scriptest.sandbox.state import State
from scriptest.suite.history import History, PastResult
from tests.scriptest.conftest import RunText
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs FIFOs")

READING = (
    "cat f",
    "cp f g",
    "cmp one f",
    "cmp f one",
    "cmpenv one f",
    "cmpjson one f",
    "json f .",
    "grep x f",
    "stdin f",
    "ttyin f",
    "tty f",
    "include f",
    "exec -in=f true",
    "addcrlf f",
    "dos2unix f",
    "expand f",
    "quote f",
    "replace 1 2 f",
    "trimnl f",
    "unbase64 f",
    "unix2dos f",
    "unquote f",
)
WRITING = (
    "append f text",
    "cp one f",
    "cp stdout f",
    "exec -out=f true",
    "exec -err=f true",
)
# A FIFO that a process has opened for reading and writing lets others open it at once.
HOLDER = "exec sh -c 'exec 3<>f; echo held; exec sleep 1000' &job&\nwaitfor job held\n"
FIFO = "exec mkfifo f\n"
SOCKET = "exec python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"f\")'\n"

CASES = {
    "FIFO": (FIFO, READING + WRITING, "a FIFO, not a regular file"),
    "open FIFO": (FIFO + HOLDER, READING + WRITING, "a FIFO, not a regular file"),
    "link to a FIFO": (
        "exec mkfifo fifo\nsymlink f -> fifo\n",
        READING + WRITING,
        "a FIFO, not a regular file",
    ),
    "socket": (SOCKET, READING + WRITING, "a socket, not a regular file"),
    "device": ("symlink f -> /dev/zero\n", READING, "a device, not a regular file"),
    "terminal": ("symlink f -> /dev/tty\n", READING, "a device, not a regular file"),
    "folder": ("mkdir f\n", READING, "is a directory"),
}


@pytest.mark.process
@pytest.mark.parametrize("case", CASES)
def test_only_regular_files_are_opened(tmp_path: Path, case: str) -> None:
    prepare, lines, reason = CASES[case]
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for number, line in enumerate(lines):
        archive = "\n-- one --\n1\n"
        (scripts / f"{number:02}.txt").write_text(f"{prepare}echo text\n{line}{archive}")
    done = run(tmp_path, scripts, PATIENCE)
    failures = [line for line in done.stdout.splitlines() if reason in line]
    assert done.returncode == 1
    for number, line in enumerate(lines):
        if line != "include f" or case not in ("device", "terminal"):
            assert any(f"/{number:02}.txt:" in failure for failure in failures), line


def run(tmp_path: Path, scripts: Path, limit: float) -> subprocess.CompletedProcess[str]:
    """Run scripts without a terminal, in a process that can be killed however long it waits."""
    return subprocess.run(
        [sys.executable, "-m", "scriptest", "run", str(scripts)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        timeout=limit,
        env={**os.environ, "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
    )


@pytest.mark.process
def test_a_fifo_in_the_place_of_a_golden_file_is_refused(run_text: RunText) -> None:
    script = "rm f\nexec mkfifo f\necho text\ncmp stdout f\n-- f --\n"
    failure = run_text(script, update=True).failure
    assert failure is not None
    assert failure.message == "cmp f: it is a FIFO, not a regular file"


@pytest.mark.process
def test_a_file_of_an_included_archive_does_not_wait_for_a_fifo(run_text: RunText) -> None:
    result = run_text("exec mkfifo f\nunquote a.txtar\ninclude a.txtar\n-- a.txtar --\n>-- f --\n")
    failure = result.failure
    assert failure is not None
    assert "file `f` is there already, with other content" in failure.message


def test_the_null_device_is_empty(run_text: RunText) -> None:
    script = "echo text\ncat $devnull\n! stdout .\ncp $devnull f\ncmp f $devnull\n"
    script += "symlink null -> $devnull\ncmp null f\n"
    result = run_text(script)
    assert result.status is Status.PASSED, result.failure


@pytest.mark.process
def test_the_null_device_as_input(run_text: RunText) -> None:
    result = run_text("exec -in=$devnull cat\n! stdout .\n")
    assert result.status is Status.PASSED, result.failure


# --- large files -----------------------------------------------------------------------------


def test_a_large_file_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (3 << 20))
    calls = []
    assert len(regular_files.read_file(str(path), lambda: calls.append(1))) == 3 << 20
    assert len(calls) == 4


def test_reading_ends_with_the_script(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("text")
    state = State(str(tmp_path), {})
    assert state.read("f") == b"text"
    state.limits.deadline = 0.0
    with pytest.raises(ScriptError, match="ran out of time"):
        state.read("f")
    state.jobs.interrupt()
    with pytest.raises(Stop):
        state.read("f")


@pytest.mark.skipif(sys.platform != "linux", reason="lists open files in /proc")
def test_refused_files_are_closed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    before = os.listdir("/proc/self/fd")
    for path in (str(tmp_path / "fifo"), str(tmp_path), "/dev/zero"):
        with pytest.raises(OSError, match=path):
            regular_files.open_file(path)
    assert os.listdir("/proc/self/fd") == before


def test_a_history_that_is_a_fifo_is_replaced(tmp_path: Path) -> None:
    history = History(str(tmp_path), str(tmp_path / "cache"))
    results = {"a.txt": PastResult(failed=True, seconds=1.0)}
    history.save(results)
    (path,) = (tmp_path / "cache").iterdir()
    path.unlink()
    os.mkfifo(path)
    assert history.load() == {}
    history.save(results)
    assert history.load() == results
