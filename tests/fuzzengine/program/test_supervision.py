from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.process, pytest.mark.once]

ENDS = """
import atexit, os, signal, sys, time

from fuzzengine import T

class Exits(Exception):
    def __str__(self):
        os._exit(0)

def TestExit(t: T) -> None:
    os._exit(0)

def TestExec(t: T) -> None:
    os.execv("/bin/true", ["true"])

def TestAtExit(t: T) -> None:
    atexit.register(lambda: os._exit(0))
    t.fail()

def TestMessage(t: T) -> None:
    raise Exits

def TestPass(t: T) -> None:
    pass

def TestFail(t: T) -> None:
    t.fail()

def TestStop(t: T) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)

def TestKill(t: T) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

def TestWait(t: T) -> None:
    print("waiting", flush=True)
    while True:
        time.sleep(60)
"""


@pytest.fixture
def program(package: Package) -> Path:
    """Return the test program of the tests above, as one file."""
    package.write("ends_test.py", ENDS)
    path = package.base / "m.test"
    done = package.run("test", "-c", "-o", str(path))
    assert done.returncode == 0, done.stderr
    return path


def run(program: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, f"-test.run=^{name}$"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("name", ["TestExit", "TestExec", "TestAtExit", "TestMessage"])
def test_a_test_cannot_make_the_program_pass(program: Path, name: str) -> None:
    done = run(program, name)
    assert done.returncode == 1
    assert "testing: the test program ended before its tests were finished\n" in done.stderr


@pytest.mark.parametrize(
    ("name", "status"), [("TestPass", 0), ("TestFail", 1), ("TestKill", -9), ("TestStop", 3)]
)
def test_the_program_ends_as_its_tests_do(program: Path, name: str, status: int) -> None:
    done = run(program, name)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["TestAtExit", "TestExit"])
def test_a_run_without_a_place_for_its_result_fails(package: Package, name: str) -> None:
    package.write("ends_test.py", ENDS)
    package.temporary.rmdir()
    package.temporary.write_text("not a folder")
    done = package.run("test", f"-run=^{name}$", TMPDIR=str(package.temporary))
    assert done.returncode == 1
    assert "the test program ended before its tests were finished" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_tests_end_with_the_program(program: Path, number: signal.Signals) -> None:
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux ends a process with its parent")
    with subprocess.Popen(
        [program, "-test.run=TestWait"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(number)
        # The end of the pipe: no process has it open any more.
        process.stdout.read()
    assert process.returncode != 0
