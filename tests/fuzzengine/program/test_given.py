"""Tests with Hypothesis's `@given` that are fuzzed as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzzengine.running import Package

SHAPES = """
    import unittest

    from hypothesis import example, given, settings
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, rule


    def limit(n):
        if n >= 1000:
            raise ValueError("too many")


    @settings(print_blob=True, deadline=1, max_examples=1)
    @given(st.integers())
    @example(7)
    def test_function(n):
        limit(n)


    class TestClass:
        def setup_method(self):
            self.code = "open sesame"

        @given(st.text())
        def test_method(self, text):
            if text == self.code:
                raise KeyError(text)


    class TestUnit(unittest.TestCase):
        def setUp(self):
            self.wanted = 424242

        @given(n=st.integers())
        def test_unit(self, n):
            if n == self.wanted:
                raise LookupError(n)


    class Stack(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.items = []

        @rule(item=st.integers())
        def push(self, item):
            self.items.append(item)

        @rule()
        def pop(self):
            if self.items and self.items.pop() == 9999:
                raise IndexError("popped")


    TestStack = Stack.TestCase
"""


def stored(package: Package) -> list[Path]:
    """Return the files of test cases in Hypothesis's database."""
    examples = package.folder / ".hypothesis" / "examples"
    return [path for path in examples.rglob("*") if path.is_file()]


@pytest.mark.process
def test_all_shapes_end_at_the_smallest_test_case_and_are_replayed(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write("test_shapes.py", SHAPES)
    done = package.run("test", "-fuzz=.", "-parallel=1", "-seed=1", "-fuzztime=100000x")
    output = done.stdout + done.stderr
    assert done.returncode == 1, output
    smallest = ("n=1000,", "text='open sesame',", "n=424242,", "state.push(item=9999)")
    for text in smallest:
        assert text in output
    assert "temporarily adding @reproduce_failure(" in output
    assert "pytest 'test_shapes.py::TestClass::test_method'" in output
    assert "pytest 'test_shapes.py::TestStack::runTest'" in output
    assert "choices(1000)" in "".join(
        path.read_text() for path in (package.folder / "testdata/fuzz/test_function").iterdir()
    )
    replayed = package.pytest()
    assert "4 failed" in replayed.stdout
    for text in smallest:
        assert text in replayed.stdout


@pytest.mark.process
def test_a_failing_test_case_of_the_database_is_a_seed(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "test_digits.py",
        """
        from hypothesis import given
        from hypothesis import strategies as st

        @given(st.integers(0, 99), st.lists(st.integers(), min_size=1))
        def test_digits(n, items):
            assert n < 50
        """,
    )
    assert "1 failed" in package.pytest().stdout
    assert stored(package)
    done = package.run("test", "-fuzz=test_digits", "-parallel=1", "-fuzztime=1x")
    assert done.returncode == 1
    assert "n=50," in done.stdout
    assert "now fuzzing" not in done.stdout


@pytest.mark.process
def test_explicit_examples_are_seeds_and_run_first(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "test_examples.py",
        """
        from hypothesis import example, given
        from hypothesis import strategies as st

        @given(st.text())
        @example("passes")
        def test_seeds(text):
            pass

        @given(st.text())
        @example("fails")
        def test_fails(text):
            assert text != "fails"
        """,
    )
    done = package.run("test", "-fuzz=test_seeds", "-parallel=1", "-fuzztime=20x", "-run=NONE")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gathering baseline coverage: 1/1 completed" in done.stdout
    done = package.run("test", "-fuzz=test_fails", "-parallel=1", "-fuzztime=20x", "-run=NONE")
    assert done.returncode == 1
    assert "text='fails'," in done.stdout
    assert "now fuzzing" not in done.stdout


@pytest.mark.process
def test_arguments_of_pytest_skip_a_test(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "test_fixture.py",
        """
        from hypothesis import given
        from hypothesis import strategies as st

        @given(n=st.integers())
        def test_fixture(tmp_path, n):
            pass
        """,
    )
    done = package.run("test", "-fuzz=.", "-v", "-fuzztime=20x")
    assert done.returncode == 0
    assert "tmp_path: only pytest passes these arguments; use pytest --fuzz" in done.stdout
    assert "fuzz: test_fixture was skipped: no input was executed" in done.stdout


@pytest.mark.process
def test_an_input_that_ends_the_process_is_found_and_kept_out_of_the_database(
    tmp_path: Path,
) -> None:
    package = Package(tmp_path)
    package.write(
        "test_exit.py",
        """
        import os

        from hypothesis import given
        from hypothesis import strategies as st

        @given(st.integers(0, 1000), st.booleans())
        def test_exit(n, _):
            if n == 77:
                os._exit(3)
        """,
    )
    done = package.run("test", "-fuzz=test_exit", "-parallel=1", "-seed=1", "-fuzztime=50000x")
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "fuzzengine test -fuzz=^test_exit$" in output.replace("'", "")
    assert "pytest" not in output
    assert not stored(package)
    (entry,) = package.recorded()
    assert "choices(77" in (package.folder / "testdata/fuzz" / entry).read_text()


@pytest.mark.process
def test_an_old_version_of_hypothesis_is_one_clear_line(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "test_old.py",
        """
        import hypothesis.version
        from hypothesis import given
        from hypothesis import strategies as st

        hypothesis.version.__version_info__ = (6, 100, 0)

        @given(st.integers())
        def test_old(n):
            pass
        """,
    )
    done = package.run("test", "-fuzz=.", "-fuzztime=20x")
    assert done.returncode != 0
    line = "Hypothesis 6.100.0 cannot be used for fuzzing; use a version from 6.131 on"
    assert line in done.stdout


@pytest.mark.process
def test_a_malformed_input_is_one_line(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "test_it.py",
        """
        from hypothesis import given
        from hypothesis import strategies as st

        @given(st.integers())
        def test_it(n):
            pass
        """,
    )
    package.write("testdata/fuzz/test_it/wrong", "go test fuzz v1\nnonsense(1)\n")
    done = package.run("test", "-fuzz=.", "-fuzztime=20x")
    assert done.returncode == 1
    assert "test_it/wrong:2:1: want choices(...), not nonsense(...)\n" in done.stdout
    assert "Traceback" not in done.stdout
