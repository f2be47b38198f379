"""Runs with -fuzz that execute no input say why."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]

GOOD = """
def FuzzSize(f):
    f.add(b"x")

    @f.fuzz
    def _(t, data: bytes):
        pass
"""


def test_an_empty_pattern_is_refused(package: Package) -> None:
    package.write("size_test.py", GOOD)
    done = package.run("test", "-fuzz=", "-fuzztime=10x")
    assert done.stderr.startswith("-fuzz is empty, so nothing would be fuzzed; -fuzz=. fuzzes all")
    assert done.returncode == 2


def test_a_time_without_a_pattern_does_nothing(package: Package) -> None:
    package.write("size_test.py", GOOD)
    done = package.run("test", "-fuzztime=10x")
    assert done.stderr == "warning: -fuzztime does nothing without -fuzz\n"
    assert done.returncode == 0


def test_two_fuzz_tests_of_one_name(package: Package) -> None:
    package.write("a_test.py", GOOD)
    package.write("b_test.py", GOOD)
    done = package.run("test", "-fuzz=FuzzSize", "-fuzztime=10x")
    assert (
        "testing: FuzzSize is defined more than once, in a_test.py and b_test.py; rename one\n"
        in done.stdout
    )
    assert done.returncode == 2


def test_two_names_of_one_fuzz_test(package: Package) -> None:
    package.write("size_test.py", f"{GOOD}\nFuzzOther = FuzzSize\n")
    done = package.run("test", "-fuzz=.", "-fuzztime=10x")
    assert done.returncode == 0, done.stdout
    assert "share" not in done.stdout


def test_a_skipped_fuzz_test(package: Package) -> None:
    package.write("size_test.py", "def FuzzSize(f):\n    f.skip('not here')\n")
    done = package.run("test", "-fuzz=.", "-fuzztime=10x")
    assert "fuzz: FuzzSize was skipped: no input was executed\n" in done.stdout
    assert done.returncode == 0


def test_tests_that_fail_come_first(package: Package) -> None:
    package.write("size_test.py", f"{GOOD}\ndef test_other():\n    raise ValueError\n")
    done = package.run("test", "-fuzz=.", "-fuzztime=10x")
    hint = "testing: nothing is fuzzed while tests fail; -run=NONE leaves them out\n"
    assert hint in done.stdout
    assert done.returncode == 1
    again = package.run("test", "-fuzz=.", "-fuzztime=10x", "-run=NONE")
    assert hint not in again.stdout
    assert again.returncode == 0
