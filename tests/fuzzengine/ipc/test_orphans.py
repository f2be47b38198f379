"""Daemons of a fuzz target do not outlive its worker (Linux)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from tests.fuzzengine.running import Package

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="needs child subreapers"),
]

DAEMONS = """
    import os
    import signal
    import time

    def daemon():
        # No group, session, descriptor or variable connects it with this process.
        ready, started = os.pipe()
        if os.fork():
            os.close(started)
            os.read(ready, 1)
            return
        os.setsid()
        if os.fork():
            os._exit(0)
        os.setsid()
        with open(os.path.join(FOLDER, str(os.getpid())), "w"):
            pass
        os.closerange(0, 100)
        os.execve("/bin/sleep", ["sleep", "3600"], {})

    FOLDER = os.path.abspath("daemons")
    os.makedirs(FOLDER, exist_ok=True)

    def FuzzPasses(f):
        done = []

        @f.fuzz
        def _(t, data: bytes):
            if not done:
                done.append(1)
                daemon()

    def FuzzDies(f):
        @f.fuzz
        def _(t, data: bytes):
            daemon()
            os._exit(3)

    def FuzzSeveralDie(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2:
                daemon()
                os._exit(3 + len(data) % 4)

    def FuzzKillsTheCoordinator(f):
        @f.fuzz
        def _(t, data: bytes):
            daemon()
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(3600)
"""


def daemons(package: Package) -> list[int]:
    return [int(path.name) for path in Path(package.folder, "daemons").iterdir()]


def alive(pid: int) -> bool:
    try:
        return "sleep" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("name", "status", "flags"),
    [
        ("FuzzPasses", 0, ["-fuzztime=100x"]),
        ("FuzzDies", 1, []),
        ("FuzzSeveralDie", 1, ["-keepgoing", "-fuzztime=20x"]),
        ("FuzzKillsTheCoordinator", 1, []),
    ],
)
def test_no_daemon_outlives_the_campaign(
    package: Package, name: str, status: int, flags: list[str]
) -> None:
    package.write("daemons_test.py", DAEMONS)
    done = package.run("test", f"-fuzz={name}$", "-parallel=1", "-run=NONE", *flags)
    assert done.returncode == status, done.stdout
    assert daemons(package)
    assert [pid for pid in daemons(package) if alive(pid)] == []
    assert package.leftovers() == []


def test_a_daemon_ends_with_its_worker(package: Package) -> None:
    package.write(
        "replaced_test.py",
        DAEMONS
        + """
    def FuzzLooks(f):
        @f.fuzz
        def _(t, data: bytes):
            for pid in os.listdir(FOLDER):
                if os.path.exists(f"/proc/{pid}"):
                    t.fatal("a daemon of an earlier worker runs")
            if len(data) > 2:
                daemon()
                os._exit(3)
""",
    )
    flags = ("-keepgoing", "-fuzztime=20x", "-parallel=1", "-run=NONE")
    done = package.run("test", "-fuzz=FuzzLooks", *flags)
    assert "exit status 3" in done.stdout
    assert "a daemon of an earlier worker runs" not in done.stdout
    assert len(daemons(package)) > 1
    assert [pid for pid in daemons(package) if os.path.exists(f"/proc/{pid}")] == []
