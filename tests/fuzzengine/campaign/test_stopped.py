"""A worker or a coordinator that is stopped, such as by SIGSTOP, does not hang the run."""

from __future__ import annotations

import sys

import pytest

from tests.fuzzengine.running import Package, processes_of

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="no processes are stopped on Windows"),
]

TARGETS = """
    import os
    import signal
    import time

    from fuzzengine import in_worker

    def FuzzStops(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2:
                os.kill(os.getpid(), signal.SIGSTOP)

    def FuzzStopsEarly(f):
        if in_worker():
            os.kill(os.getpid(), signal.SIGSTOP)

        @f.fuzz
        def _(t, data: bytes):
            pass

    def FuzzStopsTheCoordinator(f):
        @f.fuzz
        def _(t, data: bytes):
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(3600)

    def FuzzStopsItselfAsCoordinator(f):
        if not in_worker():
            os.kill(os.getpid(), signal.SIGSTOP)

        @f.fuzz
        def _(t, data: bytes):
            pass
"""

# No limit may be what ends the run.
UNLIMITED = ("-fuzzexectime=0", "-fuzzstarttime=0", "-run=NONE", "-parallel=1", "-seed=1")


def test_a_stopped_worker_is_a_failure_of_its_input(package: Package) -> None:
    package.write("stops_test.py", TARGETS)
    done = package.run("test", "-fuzz=FuzzStops$", *UNLIMITED)
    assert done.returncode == 1
    assert "hung or terminated unexpectedly: it was stopped by SIGSTOP\n" in done.stdout
    assert "stops_test.py" in done.stdout, "the stack"
    assert len(package.recorded()) == 1
    assert package.leftovers() == []
    assert processes_of(package) == []


def test_a_worker_that_is_stopped_before_it_fuzzes(package: Package) -> None:
    package.write("stops_test.py", TARGETS)
    done = package.run("test", "-fuzz=FuzzStopsEarly$", *UNLIMITED)
    assert done.returncode == 3
    assert "terminated without fuzzing: it was stopped by SIGSTOP\n" in done.stdout
    assert package.recorded() == []
    assert processes_of(package) == []


@pytest.mark.parametrize("name", ["FuzzStopsTheCoordinator", "FuzzStopsItselfAsCoordinator"])
def test_a_stopped_coordinator_ends_the_run(package: Package, name: str) -> None:
    package.write("stops_test.py", TARGETS)
    done = package.run("test", f"-fuzz={name}$", *UNLIMITED)
    assert done.returncode == 3
    assert done.stderr == (
        "fuzzengine: the test program was stopped by SIGSTOP, such as by a fuzz target; "
        "it was ended\n"
    )
    assert processes_of(package) == []
