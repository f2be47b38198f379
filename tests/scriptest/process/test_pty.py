"""Terminals and what is typed at them: real ones, with real programs."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import platform
from scriptest.engine.result import Result, Status
from scriptest.process import readers
from scriptest.process.auto_typer import AutoTyper, _keystrokes
from scriptest.process.capture import Capture
from scriptest.process.process import Program, start
from scriptest.process.pty import StuckError, Terminal
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Selected
from scriptest.terminal.screen import Screen
from tests.scriptest.conftest import RunText
from tests.waiting import LIMITS, PATIENCE, wait_for_line, wait_until_gone

pytestmark = pytest.mark.skipif(not platform.POSIX, reason="needs terminals")


def message(result: Result) -> str:
    return result.failure.message if result.failure else ""


def passes(result: Result) -> None:
    assert result.status is Status.PASSED, result


@given(st.binary(min_size=1))
def test_every_byte_is_typed_and_the_end_after_it(text: bytes) -> None:
    typed = b"".join(_keystrokes(text))
    assert typed.startswith(text)
    assert typed[len(text) :] == (b"\x04" if text[-1:] in (b"\n", b"\r") else b"\x04\x04")


def test_all_that_a_program_shows_just_before_its_end_is_kept(run_text: RunText) -> None:
    code = "terminal = open('/dev/tty', 'w'); terminal.write(('x' * 79 + chr(10)) * 2000)"
    script = f"ttyin in\nexec {sys.executable} show.py\nttyout -count=2000 ^x\n"
    passes(run_text(f"{script}-- in --\nx\n-- show.py --\n{code}\n"))


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="fills a terminal as large as Linux's")
def test_what_a_program_showed_is_read_however_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PIPE_GRACE", 0.0)
    argv = [sys.executable, "-c", "open('/dev/tty', 'wb').write(b'x' * 10_000)"]
    program = Program(argv, sys.executable, str(tmp_path), dict(os.environ))
    shown = Capture("")
    auto_typer = AutoTyper(Terminal(), b"typed too late\n", shown)
    running = start(program, Capture(""), Capture(""), auto_typer=auto_typer)
    assert running.popen.wait() == 0
    assert running.run(None, 1).ok
    assert shown.read() == b"x" * 10_000


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
    program = "sh -c 'echo $$ >/dev/tty; read x; exec sleep 300 </dev/tty'"
    shown: list[str] = []
    for limit in LIMITS:
        result = run_text(f"ttyin in\nexec -timeout={limit}s {program}\n-- in --\nx\n")
        assert "ran out of time and was ended" in message(result)
        shown = result.phases[0].log.partition("[ttyout]\n")[2].split()
        if shown:
            break
    wait_until_gone(int(shown[0]))


def dialogue(steps: str, arguments: str = "") -> str:
    return f"tty {arguments} d\n-- d --\n{steps}"


def test_a_shells_jobs_end_with_the_dialogue(run_text: RunText, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    steps = (
        "spawn sh -i\n"
        "send 'set -m; trap \"\" HUP; sleep 300 &'\n"
        f"send 'echo $! >{pid_file}; echo do''ne'\n"
        "expect '^done$'\n"
    )
    passes(run_text(dialogue(steps.replace("do''ne", '"do"ne'), "-timeout=10m")))
    wait_until_gone(int(pid_file.read_text()))


def test_output_that_nobody_waits_for_does_not_pile_up(tmp_path: Path) -> None:
    from scriptest.dialogue.session import ENDED, WINDOW, Nothing, TerminalSession

    terminal, output = Terminal(), Capture(str(tmp_path))
    session = TerminalSession(terminal, Screen(24, 80), output)

    def write() -> None:
        with open(terminal.slave, "wb", closefd=False) as slave:
            slave.write((b"x" * 79 + b"\n") * 40_000)
        terminal.close_slave()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert session.wait_for(Nothing(), PATIENCE) == ENDED
    finally:
        thread.join(PATIENCE)
        terminal.close()
    assert output.size == 81 * 40_000
    output.close()
    assert session.before is not None
    assert WINDOW <= len(session.before) < 81 * 20_000


def test_a_program_that_reads_nothing_is_named(run_text: RunText) -> None:
    steps = f"spawn sh -c 'stty raw; echo ready; sleep 300'\nexpect ready\nsend {'x' * 200_000}\n"
    for limit in LIMITS:
        said = message(run_text(dialogue(steps, f"-timeout={limit}s")))
        if "expect ready" not in said:
            break
    assert said.endswith("sh does not read what is typed")


def test_what_the_terminal_is_asked_it_answers(run_text: RunText) -> None:
    code = (
        "import os, tty; tty.setraw(0); os.write(1, b'ab' + bytes([27]) + b'[6n'); "
        "print(os.read(0, 99))"
    )
    steps = f"spawn {sys.executable} ask.py\nexpect -exact [1;3R\neof\n"
    passes(run_text(f"{dialogue(steps)}-- ask.py --\n{code}\n"))


def test_text_is_found_only_once(run_text: RunText) -> None:
    steps = "spawn sh -c 'echo one; echo two'\nexpect one\nexpect two\nexpect one\n"
    result = run_text(dialogue(steps))
    assert message(result) == "expect one: sh ended (exit status 0) before it came"
    assert result.failure is not None
    assert (result.failure.file, result.failure.line) == ("t.txt", 6)


@pytest.mark.process
def test_many_dialogues_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = tmp_path / "t.txt"
    steps = "spawn sh -c 'read x; echo got $x; read y; exit $y'\nsend one\nexpect '^got one$'\n"
    path.write_text(f"tty -timeout=10m d\n-- d --\n{steps}send 7\nstatus 7\n")
    runner = Runner(Options(jobs=8))
    results: list[Result] = []
    try:
        runner.run([Selected(f"{number}", str(path)) for number in range(24)], results.append)
    finally:
        runner.close()
    assert [result.failure for result in results] == [None] * 24


@pytest.mark.process
def test_an_interrupted_dialogue_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path, pid_file = tmp_path / "t.txt", tmp_path / "pid"
    steps = (
        f"spawn sh -c 'trap \"\" HUP INT QUIT; echo $$ >{pid_file}; sleep 300; sleep 300'\neof\n"
    )
    path.write_text(dialogue(steps, "-timeout=10m"))
    runner = Runner(Options())
    results: list[Result] = []
    selected = Selected("t.txt", str(path))
    thread = threading.Thread(target=lambda: results.append(runner.run_one(selected)))
    thread.start()
    pid = int(wait_for_line(pid_file))
    runner.interrupt()
    thread.join(PATIENCE)
    runner.close()
    assert [result.status for result in results] == [Status.INTERRUPTED]
    wait_until_gone(pid)


@pytest.mark.parametrize("line", ["tty in", "ttyin in", "ttyin -stdin in", "ttyout x"])
def test_a_system_without_terminals_says_so(
    run_text: RunText, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(platform, "POSIX", False)
    result = run_text(f"{line}\n-- in --\nx\n")
    assert message(result) == f"{line.split()[0]}: terminals are not supported on this system"


def test_a_program_that_reads_nothing_holds_nobody_up() -> None:
    terminal = Terminal()
    try:
        with pytest.raises(StuckError):
            terminal.write(b"x" * 1_000_000, time.monotonic() + 0.01)
    finally:
        terminal.close()
