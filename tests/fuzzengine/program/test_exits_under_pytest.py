"""A fuzz test that ends its process does not end pytest, which would look like success."""

from __future__ import annotations

import subprocess

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]


def run(package: Package, text: str) -> subprocess.CompletedProcess[str]:
    package.write("exit_test.py", f"import os\nfrom fuzzengine import F, T\n{text}")
    return package.pytest("-q", "exit_test.py")


def test_a_target(package: Package) -> None:
    text = """
def FuzzExit(f):
    f.add(b"x")

    @f.fuzz
    def _(t, data: bytes):
        os._exit(0)
"""
    done = run(package, text)
    assert "SystemExit: 0" in done.stdout
    assert done.returncode == 1


def test_a_fuzz_test(package: Package) -> None:
    done = run(package, "def FuzzExit(f):\n    os._exit(0)\n")
    assert "SystemExit: 0" in done.stdout
    assert done.returncode == 1


def test_a_child_may_end(package: Package) -> None:
    text = """
def FuzzExit(f):
    f.add(b"x")

    @f.fuzz
    def _(t, data: bytes):
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    done = run(package, text)
    assert "1 passed" in done.stdout
    assert done.returncode == 0
