"""Tests with Hypothesis's `@given` that `pytest --fuzz` fuzzes, run by a separate pytest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.pytesting import Project
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.once, pytest.mark.process]

CALC = """
def turn(mode, n):
    if mode == "turbo" and n == 31337:
        raise ArithmeticError("too fast")
"""
CONFTEST = """
import pytest

@pytest.fixture(scope="module")
def mode():
    yield "turbo"

@pytest.fixture(autouse=True, scope="module")
def prepared():
    import calc
    calc.ready = True
    yield
    calc.ready = False
"""
SHAPES = """
import unittest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

import calc


@given(n=st.integers())
def test_fixture(mode, n):
    assert calc.ready
    calc.turn(mode, n)


class TestClass:
    @pytest.mark.parametrize("mode", ["turbo", "a/b [c]"])
    @given(n=st.integers())
    def test_parameter(self, mode, n):
        calc.turn(mode, n)


class TestUnit(unittest.TestCase):
    @given(st.text())
    def test_unit(self, text):
        if text == "unittest":
            raise KeyError(text)


class Machine(RuleBasedStateMachine):
    @rule(n=st.integers())
    def turn(self, n):
        calc.turn("turbo", n)


TestMachine = Machine.TestCase


@pytest.mark.skip(reason="not today")
@given(st.integers())
def test_skipped(n):
    raise ValueError


def test_other():
    raise ValueError
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "p")
    project.plugins = ("fuzzengine.pytest_entry", "xdist.plugin")
    project.write("lib/calc.py", CALC)
    project.write("tests/conftest.py", CONFTEST)
    return project


def run(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**project.environment(), "FUZZENGINE_CACHE": str(project.folder / "cache")}
    return subprocess.run(
        project.command("-opythonpath=lib", *arguments),
        cwd=project.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def fuzz(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(project, "--fuzzflags=-parallel=1 -seed=1", *arguments)


def test_all_shapes_are_fuzzed_with_their_fixtures_and_replayed(project: Project) -> None:
    project.write("tests/test_shapes.py", SHAPES)
    done = fuzz(project, "--fuzz=.", "--fuzztime=1000x", "-rA")
    assert "4 failed, 1 passed, 1 skipped, 1 deselected" in done.stdout, done.stdout
    assert "PASSED tests/test_shapes.py::TestClass::test_parameter[a/b [c]]" in done.stdout
    assert done.stdout.count("n=31337,\n") == 2
    assert "state.turn(n=31337)" in done.stdout
    assert "text='unittest'," in done.stdout
    assert "not today" in done.stdout
    test = "tests/test_shapes.py::TestClass::test_parameter[turbo]"
    assert f"\npytest '{test}'\n" in done.stdout
    again = run(project, test)
    assert "1 failed" in again.stdout
    assert "n=31337," in again.stdout
    assert (project.folder / ".hypothesis" / "examples").is_dir()


def test_a_test_that_cannot_be_set_up_says_why(project: Project) -> None:
    project.write(
        "tests/test_it.py",
        "from hypothesis import given, strategies as st\n\n"
        "@given(n=st.integers())\ndef test_it(no_fixture, n): pass\n",
    )
    done = fuzz(project, "--fuzz=test_it", "--fuzztime=10x")
    assert done.returncode == 1
    assert "fixture 'no_fixture' not found" in done.stdout


def test_an_input_that_ends_the_process_is_not_stored_for_pytest(project: Project) -> None:
    project.write(
        "tests/test_it.py",
        "import os\nfrom hypothesis import given, strategies as st\n\n"
        "@given(n=st.integers(0, 999))\ndef test_it(mode, n):\n    if n == 77: os._exit(3)\n",
    )
    done = fuzz(project, "--fuzz=test_it", "--fuzztime=5000x")
    assert done.returncode == 1
    assert "\npytest --fuzz='^test_it$' 'tests/test_it.py::test_it'\n" in done.stdout
    assert not (project.folder / ".hypothesis" / "examples").exists()
