"""Found inputs survive every end of a campaign."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzzengine.running import ROOT, Package, processes_of

pytestmark = [pytest.mark.process, pytest.mark.once]


def test_an_interesting_input_survives_the_end_of_the_worker_that_minimizes_it(
    package: Package,
) -> None:
    package.write(
        "kept_test.py",
        """
        import os
        import signal

        def FuzzKept(f):
            f.add(b"0123456789")
            was_new = 0

            @f.fuzz
            def _(t, data: bytes):
                nonlocal was_new
                if data != b"0123456789":
                    was_new += 1
                    if was_new > 1:
                        os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    done = package.run("test", "-fuzz=FuzzKept", "-parallel=1", "-run=NONE")
    assert "no crash will be recorded: signal: killed\n" in done.stdout
    assert "new interesting: 1 (total: 2)\n" in done.stdout
    (path,) = package.inputs("FuzzKept").iterdir()
    assert path.read_bytes().startswith(b"go test fuzz v1\n[]byte(")
    assert package.recorded() == []


@pytest.mark.once
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_killed_at_random_moments() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/fuzz/kills.py"), "24"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing wrong" in done.stdout


def test_more_workers_than_processors(package: Package) -> None:
    package.write(
        "many_test.py",
        """
        def FuzzMany(f):
            @f.fuzz
            def _(t, data: bytes):
                for byte in data[:8]:
                    if byte == 65:
                        break
        """,
    )
    for _ in range(3):
        done = package.run("test", "-fuzz=FuzzMany", "-parallel=8", "-fuzztime=4000x")
        assert done.returncode == 0, done.stdout
        assert ", execs: 4000 (" in done.stdout
        assert package.recorded() == []
        assert package.leftovers() == []
        assert processes_of(package) == []
