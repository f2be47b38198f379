"""A crash that does not come again is named as flaky, and only that one."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package, processes_of

FLAKY = """
    import os
    import time

    def first() -> bool:
        try:
            os.close(os.open("marker", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def FuzzRaisesOnce(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2 and first():
                raise ValueError("once")

    def FuzzDiesOnce(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2 and first():
                os._exit(3)

    def FuzzAfterOthers(f):
        calls = 0
        @f.fuzz
        def _(t, data: bytes):
            nonlocal calls
            calls += 1
            assert calls < 5

    def FuzzNumberOnce(f):
        @f.fuzz
        def _(t, number: int):
            assert not first()

    def FuzzRaises(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2:
                raise ValueError("always")

    def FuzzDies(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2:
                os._exit(3)

    def FuzzHangs(f):
        @f.fuzz
        def _(t, data: bytes):
            while len(data) > 2:
                time.sleep(60)
"""
NOTE = "    the input did not fail when it was run again in a new process: the target is flaky"


@pytest.mark.parametrize(
    ("name", "flaky"),
    [
        ("FuzzRaisesOnce", True),
        ("FuzzDiesOnce", True),
        ("FuzzAfterOthers", True),
        ("FuzzNumberOnce", True),
        ("FuzzRaises", False),
        ("FuzzDies", False),
        ("FuzzHangs", False),
    ],
)
def test_only_what_does_not_fail_again_is_flaky(package: Package, name: str, flaky: bool) -> None:
    package.write("flaky_test.py", FLAKY)
    done = package.run("test", f"-fuzz={name}$", "-parallel=2", "-run=NONE", "-fuzzexectime=1s")
    assert done.returncode == 1
    assert (NOTE in done.stdout) == flaky, done.stdout
    assert "    Failing input written to testdata/fuzz/" in done.stdout
    assert len(package.recorded()) == 1
    assert processes_of(package) == []
    assert package.leftovers() == []
