"""A worker that ends, or never comes as far as f.fuzz, is an error and no crash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package, processes_of

SCENE = """
    import os
    from fuzzengine import F, T, goexit, in_worker, panic

    def target(t: T, data: bytes) -> None:
        pass

    def FuzzReturn(f: F) -> None:
        if in_worker():
            return
        f.fuzz(target)

    def FuzzSkip(f: F) -> None:
        if in_worker():
            f.skip()
        f.fuzz(target)

    def FuzzFail(f: F) -> None:
        if in_worker():
            f.fail()
        f.fuzz(target)

    def FuzzPanic(f: F) -> None:
        if in_worker():
            panic("nope")
        f.fuzz(target)

    def FuzzNilPanic(f: F) -> None:
        if in_worker():
            panic(None)
        f.fuzz(target)

    def FuzzGoexit(f: F) -> None:
        if in_worker():
            goexit()
        f.fuzz(target)

    def FuzzExit(f: F) -> None:
        if in_worker():
            os._exit(99)
        f.fuzz(target)
"""

ENDINGS = {
    "FuzzReturn": "exit status 70",
    "FuzzSkip": "exit status 0",
    "FuzzFail": "exit status 70",
    "FuzzPanic": "exit status 70",
    "FuzzNilPanic": "exit status 70",
    "FuzzGoexit": "exit status 70",
    "FuzzExit": "exit status 99",
}


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


@pytest.mark.parametrize("name", ENDINGS)
def test_nothing_is_recorded(package: Package, name: str) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test", f"-fuzz={name}")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "warning: starting with empty corpus",
        "fuzz: elapsed: 0s, execs: 0 (0/sec), new interesting: 0 (total: 0)",
        "fuzz: elapsed: 0s, execs: 0 (0/sec), new interesting: 0 (total: 0)",
    ]
    assert re.fullmatch(rf"--- FAIL: {name} \(\d+\.\d\ds\)", lines[3])
    assert lines[4] == "    fuzzing process terminated without fuzzing: EOF"
    assert lines[5] == f"    {ENDINGS[name]}"
    assert lines[-3:-1] == ["FAIL", "exit status 1"]
    assert re.fullmatch(r"FAIL\tm\t\d+\.\d\d\ds", lines[-1])
    assert not (package.folder / "testdata").exists()
    assert package.leftovers() == []
    assert processes_of(package) == []


def test_the_same_functions_pass_as_plain_tests(package: Package) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test")
    assert re.fullmatch(r"PASS\nok  \tm\t\d+\.\d\d\ds\n", done.stdout)
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["FuzzSkip", "FuzzExit"])
def test_a_coordinator_without_ping_records_what_it_should_not(package: Package, name: str) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test", f"-fuzz={name}", FUZZENGINE_TEST_SKIP_PING="1")
    assert "terminated without fuzzing" not in done.stdout
    assert package.recorded() != []
