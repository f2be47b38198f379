"""Tests of the engine with whole scripts."""

from __future__ import annotations

import sys
import threading

import pytest

from scriptest.base.errors import ScriptError
from scriptest.engine.result import Result, Status
from scriptest.engine.vocabulary import Vocabulary
from tests.scriptest.conftest import RunText


def log(result: Result) -> str:
    return "\n".join(phase.log for phase in result.phases)


def test_sections_have_their_own_time_and_log(run_text: RunText) -> None:
    result = run_text("echo zero\n# one\necho 1\n# two\necho 2\n")
    assert result.status is Status.PASSED
    assert [(phase.title, phase.line) for phase in result.phases] == [
        ("", 1),
        ("one", 2),
        ("two", 4),
    ]
    assert result.phases[2].log == "> echo 2\n[stdout]\n2"


def test_a_failure_has_file_line_and_column(run_text: RunText) -> None:
    failure = run_text("\n[linux || !linux] exists none\n").failure
    assert failure is not None
    assert failure.place == "t.txt:2:19"


def test_lines_after_a_failure_do_not_run(run_text: RunText) -> None:
    result = run_text("exists none\necho on\n")
    assert "echo on" not in log(result)


def test_logs_show_the_work_folder_as_a_variable(run_text: RunText) -> None:
    result = run_text("echo $WORK\nstdout $WORK\nexists $WORK/none\n")
    assert "[stdout]\n$WORK\n" in log(result)
    assert result.failure is not None
    assert result.failure.message == "$WORK/none does not exist"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("defer " * 3000 + "exec true\n", "more than 10 commands are nested in one line"),
        (
            "echo\n-- a\0b --\n",
            r"file `a\x00b` has the control character U+0000 in its name; rename it",
        ),
        (
            "echo\n-- a\x1b[1mb --\n",
            r"file `a\x1b[1mb` has the control character U+001B in its name; rename it",
        ),
        (
            "exec printf 'a\\0b'\ncapture X\nexec true\n",
            "the variable X contains a NUL character",
        ),
        ("exec printf 'a\\0b'\ncapture X\ncat $X\n", "the argument contains a NUL character"),
        ("exec false &\nwait none\n", "no background job is called none"),
        ("status 0\n", "no program has run yet"),
        ("stdout -count=0 x\n", "-count=0 is not a number of at least 1; for none write `!`"),
        ("! stdout -count=1 x\n", "-count cannot be used with `!`; write the number you want"),
        ("exec -status=x true\n", "x is neither an exit status nor a signal's name"),
        ("! exec -status=1 true\n", "-status already says how it must end; remove the `!`"),
        ("cmp a a\n-- a --\n", "cannot compare a with itself"),
        ("chmod 9 a\n-- a --\n", "9 is not an octal mode such as 755"),
        ("[exec] skip\n", "condition `exec` needs a suffix: [exec:program]"),
        ("[short:x] skip\n", "condition `short` takes no suffix: write [short]"),
        ("[GOOS:beos] skip\n", "condition `GOOS:beos`: unknown system beos"),
        ("[python>=x] skip\n", "condition `python>=x`: `>=x` is not a version such as >=3.12"),
    ],
)
def test_errors_have_a_message(run_text: RunText, text: str, message: str) -> None:
    failure = run_text(text).failure
    assert failure is not None
    assert failure.message == message


@pytest.mark.parametrize(
    "text",
    [
        "! grep x none\n",
        "! cmp none a\n-- a --\n",
        "! stdout '('\n",
        "! exists\n",
        "! exists -frob a\n",
        "! exec -timeout=50ms sleep 60\n",
        "? exec -timeout=50ms sleep 60\n",
    ],
)
def test_negation_does_not_accept_errors_and_timeouts(run_text: RunText, text: str) -> None:
    assert run_text(text).status is Status.FAILED


def test_binary_output_is_preserved(run_text: RunText) -> None:
    data = bytes(range(256)) + b"\n"
    text = b"cp raw copy\nexec cat copy\ncmp stdout raw\n-- raw --\n" + data
    assert run_text(text).status is Status.PASSED


def test_large_output_is_truncated_only_in_the_log(run_text: RunText) -> None:
    script = (
        'exec python3 -c \'print("head"); print(("x" * 99 + chr(10)) * 50_000); print("tail")\'\n'
        "stdout -count=50000 ^x\nstdout -count=1 ^tail$\n"
    )
    result = run_text(script)
    assert result.status is Status.PASSED, result.failure
    assert "bytes left out" in log(result)
    assert len(log(result)) < 1_100_000


def test_two_hundred_jobs_at_once(run_text: RunText) -> None:
    script = "".join(f"exec echo {number} &\n" for number in range(200))
    script += "wait\nstdout -count=200 ^[0-9]+$\n"
    result = run_text(script)
    assert result.status is Status.PASSED, result.failure


def test_programs_have_an_empty_standard_input(run_text: RunText) -> None:
    assert run_text("exec cat\n! stdout .\n").status is Status.PASSED


def test_scripts_are_independent(run_text: RunText) -> None:
    assert run_text("env A=1\nmkdir x\n").status is Status.PASSED
    assert run_text("! exists x\n[env:A] stop\nexec true\n").reason == ""


def test_a_file_that_cannot_be_written_is_a_failure(run_text: RunText) -> None:
    failure = run_text("echo\n-- a --\n-- a/b --\n").failure
    assert failure is not None
    assert failure.message == "file `a/b` cannot be written: not a directory"


def test_threads_can_look_up_unknown_names_concurrently() -> None:
    vocabulary = Vocabulary()
    failures: list[BaseException] = []

    def look(thread: int) -> None:
        for number in range(80):
            try:
                vocabulary.command(f"nothing{thread}x{number}")
            except ScriptError:
                continue
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert failures == []
