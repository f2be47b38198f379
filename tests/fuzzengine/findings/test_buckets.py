"""Which failures share a bucket, and what a campaign does that goes on after them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base.outcomes import panic
from fuzzengine.findings.buckets import Bucket, bucket_of, table
from fuzzengine.testing.target import Target
from fuzzengine.worker.executor import Execution
from tests.fuzzengine.running import Package, processes_of


def report_of(function: object) -> str:
    target = Target(lambda _test: function(), [], ())  # type: ignore[operator]
    return Execution("FuzzX", target, lambda: None).run([])


def raise_value_error(text: str) -> None:
    raise ValueError(text)


@given(st.text(), st.text())
def test_the_message_does_not_count(first: str, second: str) -> None:
    one = bucket_of(report_of(lambda: raise_value_error(first)))
    assert re.fullmatch(r"ValueError at test_buckets\.py:\d+ < .*", one)
    assert (
        one.split(" < ")[0]
        == bucket_of(report_of(lambda: raise_value_error(second))).split(" < ")[0]
    )


def test_the_place_counts_and_the_library_does_not() -> None:
    def decode() -> None:
        import json

        json.loads("{")

    title = bucket_of(report_of(decode))
    assert re.fullmatch(r"json\.decoder\.JSONDecodeError at (test_buckets\.py:\d+( < )?)+", title)
    assert title != bucket_of(report_of(lambda: raise_value_error("")))


def test_the_last_of_a_chain_counts() -> None:
    def convert() -> None:
        try:
            raise_value_error("inner")
        except ValueError:
            raise KeyError("outer") from None

    def wrap() -> None:
        try:
            raise_value_error("inner")
        except ValueError as error:
            raise KeyError("outer") from error

    assert bucket_of(report_of(convert)).startswith("KeyError at ")
    inner = bucket_of(report_of(lambda: raise_value_error("")))
    assert bucket_of(report_of(wrap)).startswith("KeyError at ")
    assert inner.split(" at ")[1].split(" < ")[0] not in bucket_of(report_of(wrap))


def test_panics_and_recursion_have_one_bucket_each() -> None:
    def deep(depth: int) -> int:
        return deep(depth + 1) + 1

    assert bucket_of(report_of(lambda: panic("x"))).startswith("panic at test_buckets.py:")
    one, other = (bucket_of(report_of(lambda depth=d: deep(depth))) for d in (0, 7))
    assert one == other
    assert one.startswith("RecursionError at test_buckets.py:")


def test_lost_workers_are_told_by_their_end() -> None:
    lost = "fuzzing process hung or terminated unexpectedly: "
    assert bucket_of(lost + "exit status 3\nsome text") == "exit status 3"
    stack = 'signal: segmentation fault (core dumped)\n  File "/x/y.py", line 7 in f\n'
    assert bucket_of(lost + stack) == "signal: segmentation fault at y.py:7"
    over = 'timeout after 1s (-fuzzexectime)\n  File "/x/y.py", line 7 in f'
    assert bucket_of(lost + over) == "timeout at y.py:7"
    minimizing = "fuzzing process hung or terminated unexpectedly while minimizing: EOF\n"
    assert bucket_of(minimizing + "exit status 3\n") == "exit status 3"


@given(st.lists(st.tuples(st.text("abc ", min_size=1), st.integers(1, 10**6)), min_size=1))
def test_the_table_has_a_line_a_bucket(rows: list[tuple[str, int]]) -> None:
    buckets = []
    for title, count in rows:
        bucket = Bucket(title, "FuzzX/1")
        bucket.count = count
        buckets.append(bucket)
    first, *lines = table(buckets).splitlines()
    assert first == f"{sum(count for _, count in rows)} failures in {len(rows)} buckets:"
    assert [int(line.split()[0]) for line in lines] == sorted((c for _, c in rows), reverse=True)


def test_what_a_test_reports_itself_is_told_by_its_line(package: Package) -> None:
    package.write(
        "report_test.py",
        """
        def FuzzIt(f):
            @f.fuzz
            def _(t, data: bytes):
                if data[:1] == b"a":
                    t.error("first", data)
                if data[:1] == b"b":
                    t.fatal("second", data)
        """,
    )
    flags = ("-fuzz=FuzzIt", "-keepgoing", "-fuzztime=4000x", "-parallel=2")
    done = package.run("test", *flags)
    assert done.returncode == 1
    assert "fuzz: new bucket: failed at report_test.py:6\n" in done.stdout
    assert "fuzz: new bucket: failed at report_test.py:8\n" in done.stdout
    total = re.search(r"^    (\d+) failures in 2 buckets:$", done.stdout, re.M)
    assert total
    assert int(total[1]) > 2
    assert len(package.recorded()) == 2
    assert processes_of(package) == []
    assert package.leftovers() == []


def test_a_worker_that_dies_at_once_is_no_bucket(package: Package) -> None:
    package.write(
        "early_test.py",
        """
        import os
        from fuzzengine import in_worker

        def FuzzIt(f):
            if in_worker():
                os._exit(9)
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    done = package.run("test", "-fuzz=FuzzIt", "-keepgoing", "-fuzztime=100x")
    assert done.returncode == 1
    assert "fuzzing process terminated without fuzzing" in done.stdout
    assert "buckets" not in done.stdout
    assert package.recorded() == []
