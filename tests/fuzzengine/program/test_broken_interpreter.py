"""Seeds and tests that change the interpreter under the engine: a named outcome each time."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

pytestmark = pytest.mark.process

TARGETS = """
    import builtins
    import os
    import sys

    from fuzzengine import F, T

    def remove_modules():
        for name in list(sys.modules):
            if name.startswith(("fuzzengine", "scriptest", "traceback", "json")):
                del sys.modules[name]

    ACTIONS = {
        "recursion-limit": lambda: sys.setrecursionlimit(60),
        "modules": remove_modules,
        "all-modules": sys.modules.clear,
        "all-builtins": builtins.__dict__.clear,
    }

    def act():
        name = os.environ["ACTION"]
        fails = os.environ["FAILS"]
        if name in ACTIONS:
            ACTIONS[name]()
        else:
            setattr(builtins, name, None)
        if fails:
            undefined

    def FuzzSeeds(f: F):
        f.add(1)
        f.add(2)
        @f.fuzz
        def _(t: T, number: int):
            act()

    def TestActs(t: T):
        act()
"""
ACTIONS = ["recursion-limit", "modules", "all-modules", "all-builtins", "open", "print", "str"]
ACTIONS += ["type", "isinstance", "BaseException", "len"]
SOME_ACTIONS = ["recursion-limit", "all-modules", "all-builtins", "open"]


def is_clean(output: str) -> bool:
    """Return whether there is neither a traceback nor a frame of the engine."""
    return "Traceback" not in output and "fuzzengine/testing/" not in output


@pytest.mark.parametrize("action", ACTIONS)
def test_a_seed_that_fails_is_named(package: Package, action: str) -> None:
    package.write("breaks_test.py", TARGETS)
    run = package.run("test", "-run=FuzzSeeds", ACTION=action, FAILS="1")
    assert run.returncode == 1
    assert "--- FAIL: FuzzSeeds/seed#0 " in run.stdout
    assert "--- FAIL: FuzzSeeds/seed#1 " in run.stdout
    assert "undefined" in run.stdout
    assert is_clean(run.stdout + run.stderr)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_seed_that_passes_leaves_the_engine_working(package: Package, action: str) -> None:
    package.write("breaks_test.py", TARGETS)
    run = package.run("test", "-v", "-run=FuzzSeeds", ACTION=action, FAILS="")
    passed = run.stdout.count("--- PASS: FuzzSeeds/seed#")
    failed = run.stdout.count("--- FAIL: FuzzSeeds/seed#")
    assert passed + failed == 2, run.stdout
    assert (run.returncode == 0) == (failed == 0)
    assert run.stdout.count("the test broke the engine: ") == failed
    assert is_clean(run.stdout + run.stderr)


@pytest.mark.parametrize("action", SOME_ACTIONS)
@pytest.mark.parametrize("fails", ["", "1"])
def test_a_test_has_an_outcome(package: Package, action: str, fails: str) -> None:
    package.write("breaks_test.py", TARGETS)
    run = package.run("test", "-run=TestActs", ACTION=action, FAILS=fails)
    assert run.returncode == (1 if fails else run.returncode)
    assert "--- FAIL: TestActs" in run.stdout or not run.returncode
    assert is_clean(run.stdout + run.stderr)


@pytest.mark.parametrize("action", SOME_ACTIONS)
@pytest.mark.parametrize("fails", ["", "1"])
def test_a_seed_has_an_outcome_under_pytest(package: Package, action: str, fails: str) -> None:
    package.write("breaks_test.py", TARGETS)
    run = package.pytest("-q", "-k", "FuzzSeeds", ACTION=action, FAILS=fails)
    if run.returncode == pytest.ExitCode.OK:
        assert not fails
        assert "2 passed" in run.stdout
    else:
        assert run.returncode == pytest.ExitCode.TESTS_FAILED
        text = "NameError: name 'undefined' is not defined" if fails else "broke the engine: "
        assert run.stdout.count("FAILED breaks_test.py::FuzzSeeds[seed#") == 2
        assert text in run.stdout
    assert "INTERNALERROR" not in run.stdout + run.stderr


def test_patches_last_as_long_as_the_test_that_made_them(package: Package) -> None:
    package.write(
        "patches_test.py",
        """
        import builtins

        def TestPatches(t):
            builtins.print = "patched"
            t.run("fails", lambda t: t.fatal("expected"))
            assert builtins.print == "patched"
            t.log("still patched")

        def TestNext(t):
            print("restored")

        def FuzzPatches(f):
            builtins.print = "patched"
            f.add(1)
            f.add(2)
            @f.fuzz
            def _(t, number: int):
                assert builtins.print == "patched"
                builtins.print = number
        """,
    )
    run = package.run("test", "-v")
    assert "still patched" in run.stdout
    assert "restored\n" in run.stdout
    assert run.stdout.count("--- PASS: FuzzPatches/seed#") == 2
