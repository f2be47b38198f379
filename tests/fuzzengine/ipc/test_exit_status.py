from __future__ import annotations

import os
import signal
import sys

import pytest

from fuzzengine.ipc.exit_status import ExitStatus
from fuzzengine.ipc.spawn import spawn

pytestmark = pytest.mark.process


def ended(code: str) -> ExitStatus:
    """Run Python code in a process of its own and return how that ended."""
    command = [sys.executable, "-c", f"import os, signal, time\n{code}"]
    null = os.open(os.devnull, os.O_RDWR)
    try:
        return spawn(command, os.environ, {0: null, 1: null, 2: null}).wait()
    finally:
        os.close(null)


@pytest.mark.parametrize("status", [0, 1, 70, 255])
def test_an_exit_status(status: int) -> None:
    ending = ended(f"os._exit({status})")
    assert (ending.code, ending.signal, str(ending)) == (status, "", f"exit status {status}")
    assert ending.is_crash


@pytest.mark.parametrize(
    ("name", "text", "crash"),
    [
        ("SIGKILL", "signal: killed", False),
        ("SIGTERM", "signal: terminated", False),
        ("SIGUSR2", "signal: user defined signal 2", False),
        ("SIGBUS", "signal: bus error", True),
        ("SIGPIPE", "signal: broken pipe", True),
    ],
)
def test_a_signal(name: str, text: str, crash: bool) -> None:
    code = f"signal.signal(signal.{name}, signal.SIG_DFL)" if name != "SIGKILL" else ""
    ending = ended(f"{code}\nos.kill(os.getpid(), signal.{name})\ntime.sleep(60)")
    assert (ending.code, ending.signal, ending.is_crash) == (-1, name, crash)
    assert str(ending).removesuffix(" (core dumped)") == text


def test_descriptors_arrive_at_their_numbers() -> None:
    pipes = [os.pipe() for _ in range(3)]
    null = os.open(os.devnull, os.O_RDWR)
    # The writing ends in reverse, so that each number is also the source of another.
    targets = {3 + i: write for i, (_, write) in enumerate(reversed(pipes))}
    code = "import os\nfor n in (3, 4, 5): os.write(n, str(n).encode())"
    process = spawn([sys.executable, "-c", code], os.environ, {0: null, 1: null, 2: 2, **targets})
    assert str(process.wait()) == "exit status 0"
    assert [os.read(read, 10) for read, _ in pipes] == [b"5", b"4", b"3"]
    for descriptor in (null, *(end for pipe in pipes for end in pipe)):
        os.close(descriptor)


def test_the_group_goes_with_its_leader() -> None:
    read, write = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    code = "import os, time\nif os.fork() == 0: time.sleep(3600)"
    process = spawn([sys.executable, "-c", code], os.environ, {0: null, 1: write, 2: null})
    os.close(write)
    assert str(process.wait()) == "exit status 0"
    assert os.read(read, 1) == b"", "nobody holds the pipe any more"
    process.signal("SIGKILL")
    process.signal("SIGKILL", group=True)
    os.close(read)
    os.close(null)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        spawn(["/no/such/program"], {}, {})
    assert signal.getsignal(signal.SIGINT) is not None
