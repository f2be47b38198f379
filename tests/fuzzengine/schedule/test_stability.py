"""Counters that differ between executions of one input are masked and listed."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.entry import Entry
from fuzzengine.schedule.stability import Stability, listing, unstable_bits
from tests.fuzzengine.running import Package


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1))
def test_a_bit_is_unstable_if_executions_disagree(runs: list[bytes]) -> None:
    got = unstable_bits(runs)
    for index in range(4):
        for bit in range(8):
            seen = {run[index] >> bit & 1 for run in runs}
            assert (got[index] >> bit & 1) == (seen == {0, 1})


def test_all_bits_of_a_location_are_masked() -> None:
    stability = Stability()
    assert stability.add(b"\0\2\0") == b"\0\xff\0"
    assert stability.add(b"\1\0\0") == b"\xff\0\0"
    assert stability.unstable == {0, 1}


def test_an_entry_is_checked_once_and_none_if_there_is_nothing_to_mask() -> None:
    one = Entry("a", data=b"")
    stability = Stability()
    assert [stability.wants(one) for _ in range(2)] == [True, False]
    assert not Stability(checking=False).wants(one)


def test_few_are_listed_without_v() -> None:
    places = [f"a.py:{line}" for line in range(12)]
    assert listing([], all_of_them=True) == ""
    assert listing(places, all_of_them=True).count("\n") == 13
    assert listing(places, all_of_them=False).endswith("    and 2 more, shown with -v\n")


FLICKERS = """
    import itertools, threading, time
    from functools import lru_cache

    calls = itertools.count()

    @lru_cache
    def cached(data):
        if data[:1] == b"a":
            return 1
        return 2

    def flickers():
        if next(calls) % 2:
            return 1
        return threading.get_ident() + time.time_ns()

    def FuzzFlickers(f):
        f.add(b"seed")

        @f.fuzz
        def _(t, data: bytes):
            cached(data)
            flickers()
"""


def test_what_changes_is_masked_and_listed_and_a_cache_is_not(package: Package) -> None:
    package.write("flickers_test.py", FLICKERS)
    done = package.run("test", "-fuzz=FuzzFlickers", "-fuzztime=4000x", "-parallel=1", "-seed=1")
    assert done.returncode == 0, done.stdout
    listed = done.stdout.partition("locations, which guide no more:\n")[2].splitlines()
    lines = [line for line in listed if line.startswith("    ")]
    assert lines == ["    flickers_test.py:14", "    flickers_test.py:15"]
    assert re.search(r"execs: 4000 .*, unstable: 2\n", done.stdout)


def test_go_masks_nothing(package: Package) -> None:
    package.write("flickers_test.py", FLICKERS)
    done = package.run(
        "test", "-fuzz=FuzzFlickers", "-fuzztime=4000x", "-parallel=1", "-seed=1", "-gocompat"
    )
    assert done.returncode == 0
    assert "unstable" not in done.stdout


def test_an_input_that_only_fails_when_it_is_checked_is_a_failure_like_others(
    package: Package,
) -> None:
    package.write(
        "second_test.py",
        """
        calls = 0

        def FuzzSecond(f):
            f.add(b"seed")

            @f.fuzz
            def _(t, data: bytes):
                global calls
                calls += data == b"seed"
                if calls == 4:
                    raise ValueError("again")
        """,
    )
    arguments = ("-fuzz=FuzzSecond", "-fuzztime=3000x", "-parallel=1", "-seed=1", "-keepgoing")
    done = package.run("test", *arguments)
    assert done.returncode == 1
    assert "fuzz: new bucket: ValueError at second_test.py:" in done.stdout
    assert "(total: -" not in done.stdout
    assert "1 failure in 1 bucket:" in done.stdout
