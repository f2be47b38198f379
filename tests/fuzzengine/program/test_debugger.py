"""-pdb stops where a test, a seed or the failing input of a campaign fails."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

TESTS = """
    import json

    def check(data):
        wanted = b"good"
        if data == b"bad":
            json.loads("{")

    def FuzzIt(f):
        f.add(b"good")
        f.add(b"bad")
        f.add(b"worse")

        @f.fuzz
        def _(t, data: bytes):
            try:
                check(data)
            finally:
                pass
            if data == b"worse":
                number = 12
                t.error("so bad")

    def FuzzNumber(f):
        @f.fuzz
        def _(t, number: int):
            double = 2 * number
            if number > 7:
                raise ValueError

    def FuzzNumbers(f):
        @f.fuzz
        def _(t, number: int):
            pass
"""


def debug(package: Package, commands: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `fuzzengine test -pdb` and give commands to the debugger."""
    return subprocess.run(
        [sys.executable, "-m", "fuzzengine", "test", "-pdb", *arguments],
        cwd=package.folder,
        env=package.environment(),
        input=commands,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.process
def test_seeds_stop_in_the_users_code(package: Package) -> None:
    package.write("it_test.py", TESTS)
    done = debug(
        package, "p wanted + b'!'\nup\np data + b'?'\nc\np number + 30\nc\n", "-run=FuzzIt"
    )
    assert "fuzz: FuzzIt/seed#1: it_test.py:7: json.decoder.JSONDecodeError: " in done.stdout
    assert "b'good!'" in done.stdout, "the innermost frame is not the standard library's"
    assert "b'bad?'" in done.stdout
    assert "fuzz: FuzzIt/seed#2: the test fails here\n" in done.stdout
    assert "(Pdb) 42\n" in done.stdout
    assert "    --- FAIL: FuzzIt/seed#1 " in done.stdout
    assert done.returncode == 1


@pytest.mark.process
def test_quitting_the_debugger_goes_on_without_it(package: Package) -> None:
    package.write("it_test.py", TESTS)
    done = debug(package, "q\n", "-run=FuzzIt")
    assert done.stdout.count("(Pdb)") == 1
    assert "    --- FAIL: FuzzIt/seed#2 " in done.stdout
    assert done.returncode == 1


@pytest.mark.process
@pytest.mark.parametrize("pattern", ["FuzzNumber$", "FuzzNumber"])
def test_the_failing_input_of_a_campaign(package: Package, pattern: str) -> None:
    package.write("it_test.py", TESTS)
    flags = (f"-fuzz={pattern}", "-run=NONE", "-parallel=1", "-seed=1", "-fuzztime=1000x")
    done = debug(package, "p ('double', double == 2 * number > 14)\nq\n", *flags)
    (entry,) = package.recorded()
    assert f"    To debug:\n    fuzzengine test -pdb -run={entry}\n" in done.stdout
    assert f"fuzz: {entry}: it_test.py:29: ValueError\n" in done.stdout
    assert "(Pdb) ('double', True)\n" in done.stdout
    assert done.returncode == 1


@pytest.mark.process
def test_the_debugger_needs_the_output(package: Package) -> None:
    done = debug(package, "", "-json")
    assert done.stderr == (
        "fuzzengine test: -pdb talks to the terminal; it does not go with -json\n"
    )
    assert done.returncode == 2
