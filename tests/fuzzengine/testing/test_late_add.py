from __future__ import annotations

from collections.abc import Callable

import pytest

from fuzzengine.testing.late_add import late_add
from tests.fuzzengine.running import Package


class Recorder:
    """Stands for F: `fuzz` looks for a late `add`."""

    def __init__(self) -> None:
        self.found = ""

    def add(self, *values: object) -> None:
        pass

    def fuzz(self, target: object) -> None:
        self.found = late_add(self)


def target(data: bytes) -> None:
    pass


def plain(f: Recorder) -> None:
    f.add(b"1")
    f.fuzz(target)
    f.add(b"2")


def decorated(f: Recorder) -> None:
    @f.fuzz
    def _(data: bytes) -> None:
        f.add(data)

    for seed in (b"1", b"2"):
        f.add(seed)


def in_a_helper(f: Recorder) -> None:
    plain_helper(f)
    f.add(b"1")


def plain_helper(g: Recorder) -> None:
    g.fuzz(target)


def finally_(f: Recorder) -> None:
    try:
        f.fuzz(target)
    finally:
        f.add(b"1")


def early(f: Recorder) -> None:
    for seed in (b"1", b"2"):
        f.add(seed)
    f.fuzz(target)


def other_branch(f: Recorder, flag: bool = True) -> None:
    if flag:
        f.fuzz(target)
    else:
        f.add(b"1")
        f.fuzz(target)


def returned(f: Recorder, flag: bool = True) -> None:
    if flag:
        return f.fuzz(target)
    f.add(b"1")
    return None


def another_add(f: Recorder) -> None:
    names: set[str] = set()
    f.fuzz(target)
    names.add("x")


def in_the_target(f: Recorder) -> None:
    def own(data: bytes) -> None:
        f.add(data)

    f.fuzz(own)


@pytest.mark.parametrize(
    ("test", "line"), [(plain, 3), (decorated, 6), (in_a_helper, 2), (finally_, 4)]
)
def test_a_late_add_is_found(test: Callable[[Recorder], None], line: int) -> None:
    f = Recorder()
    test(f)
    assert f.found == f"test_late_add.py:{test.__code__.co_firstlineno + line}"


@pytest.mark.parametrize("test", [early, other_branch, returned, another_add, in_the_target])
def test_others_are_not(test: Callable[[Recorder], None]) -> None:
    f = Recorder()
    test(f)
    assert f.found == ""


@pytest.mark.process
def test_no_campaign_begins(package: Package) -> None:
    package.write(
        "late_test.py",
        """
        def FuzzLate(f):
            @f.fuzz
            def _(t, data: bytes):
                pass

            f.add(b"late")
        """,
    )
    done = package.run("test", "-fuzz=FuzzLate", "-fuzztime=100x")
    assert "    late_test.py:7: testing: f.add called after f.fuzz" in done.stdout
    assert "execs" not in done.stdout
    assert done.returncode == 1
