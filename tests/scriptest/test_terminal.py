"""Terminals and what is typed at them: real ones, with real programs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest import osdep
from scriptest.result import Result, Status
from scriptest.terminal import StuckError, Terminal
from scriptest.typist import _keystrokes

from .conftest import RunText

pytestmark = pytest.mark.skipif(not osdep.POSIX, reason="needs terminals")


def message(result: Result) -> str:
    return result.failure.message if result.failure else ""


def passes(result: Result) -> None:
    assert result.status is Status.PASSED, result


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, f"{pid} is still there"
        time.sleep(0.005)


@given(st.binary(min_size=1))
def test_every_byte_is_typed_and_the_end_after_it(text: bytes) -> None:
    typed = b"".join(_keystrokes(text))
    assert typed.startswith(text)
    assert typed[len(text) :] == (b"\x04" if text[-1:] in (b"\n", b"\r") else b"\x04\x04")


def test_all_that_a_program_shows_just_before_its_end_is_kept(run_text: RunText) -> None:
    code = "terminal = open('/dev/tty', 'w'); terminal.write(('x' * 79 + chr(10)) * 2000)"
    script = f"ttyin in\nexec {sys.executable} show.py\nttyout -count=2000 ^x\n"
    passes(run_text(f"{script}-- in --\nx\n-- show.py --\n{code}\n"))


def test_a_long_text_is_typed_whole(run_text: RunText) -> None:
    code = (
        "import os, sys, tty\n"
        "tty.setraw(0)\n"
        "os.write(2, b'ready')\n"
        "size = 0\n"
        "while (chunk := os.read(0, 4096))[-1:] != b'\\x04':\n"
        "    size += len(chunk)\n"
        "print(size + len(chunk) - 1)\n"
    )
    text = "x" * 200_000 + "\n"
    script = f"ttyin -stdin in\nexec {sys.executable} raw.py\nstdout '^200001$'\n"
    passes(run_text(f"{script}-- in --\n{text}-- raw.py --\n{code}"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_jobs_of_a_shell_with_a_terminal_end_with_the_script(
    run_text: RunText, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    shell = f'set -m; (trap "" HUP; exec sleep 300) & echo $! >{pid_file}'
    passes(run_text(f"ttyin in\nexec sh -c '{shell}'\n-- in --\nx\n"))
    if pid_file.exists():
        wait_until_gone(int(pid_file.read_text()))


def test_a_program_that_outstays_its_time_at_a_terminal_is_ended(run_text: RunText) -> None:
    result = run_text(
        "ttyin in\nexec -timeout=500ms sh -c 'echo $$ >/dev/tty; read x; exec sleep 300 </dev/tty'"
        "\n-- in --\nx\n"
    )
    assert "ran out of time and was ended" in message(result)
    shown = result.phases[0].log.partition("[ttyout]\n")[2].split()
    wait_until_gone(int(shown[0]))


@pytest.mark.parametrize("line", ["ttyin in", "ttyin -stdin in", "ttyout x"])
def test_a_system_without_terminals_says_so(
    run_text: RunText, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(osdep, "POSIX", False)
    result = run_text(f"{line}\n-- in --\nx\n")
    assert message(result) == f"{line.split()[0]}: terminals are not supported on this system"


def test_a_program_that_reads_nothing_holds_nobody_up() -> None:
    terminal = Terminal()
    try:
        with pytest.raises(StuckError):
            terminal.write(b"x" * 1_000_000, time.monotonic() + 0.01)
    finally:
        terminal.close()
