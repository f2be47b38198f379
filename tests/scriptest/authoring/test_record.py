"""Recorded scripts pass, and fail as soon as a program does something else."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.authoring.probe import UnrecordableError
from scriptest.authoring.record import RecordError
from scriptest.authoring.session import RecordingRequest, RecordingSession
from scriptest.base import platform
from scriptest.compare import stabilize as unstable
from scriptest.compare.stabilize import WORK, Window
from scriptest.compare.wildcards import Wildcards
from scriptest.engine.result import Result, Status
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Finder

pytestmark = pytest.mark.skipif(not platform.POSIX, reason="needs sh")

PIECES = st.sampled_from(
    [b"-- a --", b">", b"\n", b"\r\n", b"x", b"\xff", b"\0", b"$WORK", b"...", b"[..]", b"''", b"#"]
)
CONTENTS = st.lists(PIECES, max_size=8).map(b"".join)
WINDOW = Window(1700000000.0, 1700000002.0)


def record(command: list[str], folder: Path, *files: str, stdin: str = "") -> bytes:
    wanted = RecordingRequest(tuple(command), files, stdin)
    return RecordingSession(wanted, str(folder), "", "").record().data


def run(data: bytes, folder: Path) -> Result:
    path = folder / "recorded.txt"
    path.write_bytes(data)
    runner = Runner(Options())
    try:
        return runner.run_one(Finder().find([str(path)])[0])
    finally:
        runner.close()


@pytest.mark.process
@given(CONTENTS, CONTENTS, CONTENTS, st.sampled_from([0, 1, 2, 255]), st.integers(0, 4))
def test_any_program_is_recorded(
    stdout: bytes, stderr: bytes, content: bytes, status: int, changed: int
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part, data in (("out", stdout), ("err", stderr), ("file", content)):
            (folder / part).write_bytes(data)
        (folder / "status").write_text(f"{status}\n")
        program = f"cd {name} && cat out && cat err >&2 && cp file $WORK/'made $x' && "
        script = record(["sh", "-c", program + "exit $(cat status)"], folder)
        assert run(script, folder).status is Status.PASSED, script
        if changed == 4:
            (folder / "status").write_text(f"{status ^ 3}\n")
        else:
            part = ("out", "err", "file", "out")[changed]
            data = (folder / part).read_bytes()
            new = data[:-1] if changed == 3 and data else data + b"x"
            (folder / part).write_bytes(new)
        assert run(script, folder).status is Status.FAILED, script


UNSTABLE = """
import os, random, sys, tempfile, time
print("pid", os.getpid(), "after", time.perf_counter(), "s")
print(time.strftime("%Y-%m-%d %H:%M:%S"), time.strftime("%a %b %d"), int(time.time()))
print(f"at {id(object()) ^ random.getrandbits(40):#x} in {os.getcwd()}, {tempfile.mkdtemp()}")
# More lines with every run, so that what two runs have in common is in a third one, too.
with open(os.path.join(os.path.dirname(__file__), "runs"), "a+") as runs:
    runs.write("x")
    runs.seek(0)
    for number in range(len(runs.read()) * 3):
        print("line", number)
print("the end costs 5$")
open("log." + "txt", "w").write(f"[{time.time()}] started\\n")
open(f"{random.getrandbits(99)}.tmp", "w").close()
"""


@pytest.mark.process
def test_what_differs_is_left_open(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(UNSTABLE)
    script = record([sys.executable, str(program)], tmp_path)
    text = script.decode()
    assert "\ncmpenv -glob stdout want\n" in text
    assert "\npid [..] after [..] s\n[..]" in text
    assert "\nat [..] in $WORK, $WORK/.tmp/[..]\n" in text
    assert "\n...\n" in text
    assert "\nthe end costs 5$$\n" in text
    assert "\n-- want-log.txt --\n[[..]] started\n" in text
    assert ".tmp\n" not in text.split("-- want --")[0]
    assert run(script, tmp_path).status is Status.PASSED
    program.write_text(UNSTABLE.replace("the end", "this end"))
    assert run(script, tmp_path).status is Status.FAILED


@pytest.mark.process
def test_files_and_input_are_taken_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tool").write_text("#!/bin/sh\ncat $1\ncat data/*\ncat\nrm $1\nmkdir -p a/b\nln -s x l\n")
    Path("tool").chmod(0o755)
    Path("words").write_bytes(b"no end")
    Path("data").mkdir()
    Path("data/a").write_bytes(b"\xff\0")
    Path("typed").write_text("hello\n")
    script = record(["./tool", "words"], tmp_path, "data", stdin="typed")
    head, _, _ = script.decode().partition("\n\n")
    assert head.split("\n") == [
        "# recorded",
        "unbase64 data/a",
        "chmod 755 tool",
        "trimnl words",
        "unbase64 want",
        "stdin input",
        "exec ./tool words",
        "cmp stdout want",
        "! stderr .",
        "exists a/b",
        "exists -link l",
        "! exists words",
    ]
    assert run(script, tmp_path).status is Status.PASSED


@pytest.mark.process
def test_a_program_that_looks_at_all_files(tmp_path: Path) -> None:
    script = record(["ls"], tmp_path)
    assert run(script, tmp_path).status is Status.PASSED
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "f").touch()
    script = record(["sh", "-c", "find . -type f | sort; echo >&2 $(ls)"], tmp_path)
    assert b"./want\n./want-stderr\n" in script
    assert run(script, tmp_path).status is Status.PASSED


@pytest.mark.process
@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["no-such-program"], "was not found"),
        (["sh", "-c", "a\nb"], "contains a line break"),
        (["sh", "-c", "exit $(($$ % 200))"], "the exit status varies"),
    ],
)
def test_what_cannot_be_recorded(command: list[str], problem: str, tmp_path: Path) -> None:
    with pytest.raises((UnrecordableError, RecordError), match=problem):
        record(command, tmp_path)


@pytest.mark.process
def test_a_killed_program(tmp_path: Path) -> None:
    script = record(["sh", "-c", "kill -KILL $$"], tmp_path)
    assert b"\nstatus SIGKILL\n" in script
    assert run(script, tmp_path).status is Status.PASSED


@pytest.mark.process
def test_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = """\
# one
mkdir sub
cd sub
sh -c 'echo one; echo two >f'

# two
! sh -c 'exit 4'
echo x y
cp f g
env A=b
exec -out=h sh -c 'echo $A'
exec -status=2 sh -c 'exit 2'
[windows] echo z
[unix] exec true
exists f
"""
    stdin = io.TextIOWrapper(io.BytesIO(lines.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    script = record([], tmp_path)
    assert run(script, tmp_path).status is Status.PASSED
    body, _, files = script.decode().partition("\n\n-- ")
    assert (
        body
        == """\
# one
mkdir sub
cd sub
exec sh -c 'echo one; echo two >f'
cmp stdout ../want1
! stderr .
cmp f ../want1-f

# two
! exec sh -c 'exit 4'
status 4
! stdout .
! stderr .
echo x y
cmp stdout ../want3
cp f g
env A=b
exec -out=h sh -c 'echo $A'
! stderr .
cmp h ../want4-h
exec -status=2 sh -c 'exit 2'
[windows] echo z
[unix] exec true
exists f"""
    )
    assert files.startswith("want1 --\none\n")


@pytest.mark.process
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("sh -c 'a", "unterminated quote"),
        ('sh -c "a"', "quote with '"),
        ("cp none there", "no such file"),
        ("exists none", "does not exist"),
        ("cd a &", "cannot run in the background"),
        ("", "no line was recorded"),
    ],
)
def test_lines_that_cannot_be_recorded(
    line: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line.encode() + b"\n")))
    with pytest.raises(UnrecordableError, match=problem):
        record([], tmp_path)


# --- golden texts ----------------------------------------------------------------------------

WORDS = st.sampled_from(["a", "bc", "17", "0.5s", "0x7f", ":", " ", "(", "\n", "\n\n", "$", "é"])
SAMPLES = st.lists(st.lists(WORDS, max_size=12).map("".join), min_size=1, max_size=3)


@given(SAMPLES)
def test_a_golden_text_fits_all_samples(samples: list[str]) -> None:
    golden = unstable.golden(samples, WINDOW)
    assert not golden.variables
    for sample in samples:
        if golden.flags == ("-unordered",):
            assert sorted(golden.text.split("\n")) == sorted(sample.split("\n"))
        elif golden.flags:
            assert Wildcards({}).match(golden.text, sample)
        else:
            assert golden.text == sample


@given(st.text("ab \n1$.", max_size=20))
def test_what_is_always_the_same_stays(sample: str) -> None:
    assert unstable.golden([sample, sample], WINDOW) == (sample, False, ())


@pytest.mark.parametrize(
    ("samples", "golden"),
    [
        (["took 0.123s", "took 1.5s"], "took [..]"),
        (["at 0x7f12ab, ok", "at 0x7fe9cd, ok"], "at [..], ok"),
        (["port 127.0.0.1:4711 open", "port 127.0.0.1:4712 open"], "port [..] open"),
        (["a\nb 1\nc\n", "a\nc\n"], "a\n...\nc\n"),
        (["/tmp/tmpab1_x/f", "/tmp/tmpzz9yq/f"], "/tmp/[..]/f"),
        (["pid=12 x", "pid=345 x", "pid=6 y"], "pid=[..] [..]"),
        (["2023-11-14T22:13:21.5Z x"], "[..] x"),
        (["at 2023-11-14 22:13:20, x"], "at [..], x"),
        (["epoch 1700000001.25 x"], "epoch [..] x"),
        (["epoch 1700000001250 x"], "epoch [..] x"),
        (["v2.2023, 1700009999, 12:00:00"], "v2.2023, 1700009999, 12:00:00"),
        (["b\na\n", "a\nb\n"], "b\na\n"),
    ],
)
def test_golden_texts(samples: list[str], golden: str) -> None:
    assert unstable.golden(samples, WINDOW).text == golden


@pytest.mark.parametrize("date", ["Wed Dec  6", "Wed Dec 6", "2023-12-06", "Dec 6", "06 Dec 2023"])
def test_dates_are_left_open_on_the_first_days_of_a_month(date: str) -> None:
    text = f"at {date}, not Dec 61 nor 2023-12-061"
    noon = Window(1701864000.0, 1701864002.0)
    assert unstable.golden([text], noon).text == text.replace(date, "[..]", 1)


def test_the_work_folder_becomes_a_variable() -> None:
    golden = unstable.golden([f"in {WORK}/a for 5$"], WINDOW)
    assert (golden.text, golden.command) == ("in $WORK/a for 5$$", "cmpenv")
