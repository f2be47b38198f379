"""Failures whose report is large, slow, or cannot be made are recorded all the same."""

from __future__ import annotations

import pytest

from tests.fuzzengine.base.hostile import ENDING, LARGE, ODD, UNPRINTABLE
from tests.fuzzengine.running import Package, processes_of

pytestmark = pytest.mark.process

TARGETS = """
    import os

    from fuzzengine import F, T
    from tests.fuzzengine.base.hostile import MAKERS, fail

    NAME = os.environ.get("HOSTILE", "")

    def FuzzRaises(f: F):
        @f.fuzz
        def _(t: T, data: bytes):
            fail(NAME)

    def FuzzLogs(f: F):
        @f.fuzz
        def _(t: T, data: bytes):
            t.log("x" * (100 << 20))
            t.error("y" * (100 << 20), MAKERS[NAME]())

    def FuzzSeed(f: F):
        f.add(1)
        @f.fuzz
        def _(t: T, number: int):
            fail(NAME)
"""


@pytest.mark.parametrize("name", [*UNPRINTABLE, *LARGE, *ODD, *ENDING])
def test_a_campaign_records_every_failure(package: Package, name: str) -> None:
    package.write("hostile_test.py", TARGETS)
    flags = ["-fuzztime=100x", "-parallel=1", "-run=NONE"]
    flags += ["-fuzzexectime=3s"] if name == "Hangs" else []
    run = package.run("test", "-fuzz=FuzzRaises", *flags, HOSTILE=name)
    assert run.returncode == 1, run.stdout
    assert "--- FAIL: FuzzRaises" in run.stdout
    assert "Failing input written to " in run.stdout
    assert "flaky" not in run.stdout
    assert len(run.stdout) < 200_000
    assert "fuzzengine/worker/" not in run.stdout
    (path,) = package.recorded()
    assert path.startswith("FuzzRaises/")
    assert processes_of(package) == []
    assert package.leftovers() == []


@pytest.mark.parametrize("name", LARGE)
def test_the_end_of_a_campaign_waits_for_a_report(package: Package, name: str) -> None:
    package.write("hostile_test.py", TARGETS)
    run = package.run("test", "-fuzz=FuzzRaises", "-fuzztime=1s", "-run=NONE", HOSTILE=name)
    assert run.returncode == 1, run.stdout
    assert len(package.recorded()) == 1


@pytest.mark.parametrize("name", ["Raises", "EndsProcess"])
def test_a_campaign_that_goes_on_records_the_failure_too(package: Package, name: str) -> None:
    package.write("hostile_test.py", TARGETS)
    flags = ["-keepgoing", "-fuzztime=20x", "-parallel=2", "-run=NONE", "-fuzzminimizetime=20x"]
    run = package.run("test", "-fuzz=FuzzRaises", *flags, HOSTILE=name)
    assert run.returncode == 1, run.stdout
    assert "failures in 1 bucket:" in run.stdout
    assert len(package.recorded()) == 1


def test_logs_of_any_size_are_bounded(package: Package) -> None:
    package.write("hostile_test.py", TARGETS)
    flags = ["-fuzztime=100x", "-parallel=1", "-run=NONE"]
    run = package.run("test", "-fuzz=FuzzLogs", *flags, HOSTILE="Raises")
    assert run.returncode == 1, run.stdout
    assert len(run.stdout) < 400_000
    assert "whose text cannot be shown: ValueError>\n" in run.stdout
    assert "characters left out ...\n" in run.stdout
    assert len(package.recorded()) == 1


@pytest.mark.parametrize("name", ["Raises", "Interrupts", *LARGE, *ODD, "EndsProcess"])
def test_a_seed_fails(package: Package, name: str) -> None:
    package.write("hostile_test.py", TARGETS)
    run = package.run("test", "-run=FuzzSeed", HOSTILE=name)
    assert run.returncode == 1, run.stdout
    assert "FuzzSeed/seed#0" in run.stdout
    assert "FAIL\tm\t" in run.stdout
    assert len(run.stdout) < 200_000
    assert "fuzzengine/testing/" not in run.stdout
    assert package.leftovers() == []


def test_a_program_that_a_test_ends_has_not_passed(package: Package) -> None:
    package.write("ends_test.py", "import os\n\ndef TestEnds(t):\n    os._exit(0)\n")
    run = package.run("test")
    assert run.returncode == 1
    text = "exit status 0: the test program ended before its tests were finished\n"
    assert text in run.stdout


def test_seeds_fail_under_pytest(package: Package) -> None:
    names = ("Raises", "Exits", "long", "Untraceable", "EndsProcess")
    text = "from fuzzengine import F, T\nfrom tests.fuzzengine.base.hostile import fail\n"
    for name in names:
        text += (
            f"\ndef Fuzz_{name}(f: F):\n    f.add(1)\n    @f.fuzz\n"
            f"    def _(t: T, number: int):\n        fail('{name}')\n"
        )
    package.write("hostile_test.py", text)
    run = package.pytest("-q")
    assert run.returncode == 1, run.stdout
    for name in names:
        assert f"FAILED hostile_test.py::Fuzz_{name}[seed#0]" in run.stdout
    assert "5 failed" in run.stdout
    assert len(run.stdout) < 200_000
