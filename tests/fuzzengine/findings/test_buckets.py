"""Assigning failures to buckets, and campaigns with -keepgoing."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base.failure import Failure
from fuzzengine.base.frames import printed_positions
from fuzzengine.base.outcomes import panic
from fuzzengine.findings.buckets import Bucket, bucket_of, table
from fuzzengine.findings.suppressions import parse
from fuzzengine.testing.fuzz import T
from fuzzengine.testing.target import Target
from fuzzengine.worker.executor import Execution
from tests.fuzzengine.running import Package, processes_of

HERE = "tests/fuzzengine/findings/test_buckets.py:"


def failure_of(function: Callable[[], object]) -> Failure:
    return failure_in(lambda _test: function())


def failure_in(function: Callable[[T], object]) -> Failure:
    failure = Execution("FuzzX", Target(function, [], ()), lambda: None).run([])
    assert failure is not None
    return failure


def raise_value_error(text: str) -> None:
    raise ValueError(text)


@given(st.text(), st.text())
def test_buckets_ignore_the_message(first: str, second: str) -> None:
    one = bucket_of(failure_of(lambda: raise_value_error(first)))
    assert re.fullmatch(r"ValueError at tests/fuzzengine/findings/test_buckets\.py:\d+ < .*", one)
    assert (
        one.split(" < ")[0]
        == bucket_of(failure_of(lambda: raise_value_error(second))).split(" < ")[0]
    )


def test_buckets_use_user_frames_only() -> None:
    def decode() -> None:
        import json

        json.loads("{")

    title = bucket_of(failure_of(decode))
    kind, _, frames = title.partition(" at ")
    assert kind == "json.decoder.JSONDecodeError"
    assert re.fullmatch(r"(tests/fuzzengine/findings/test_buckets\.py:\d+( < )?)+", frames)
    assert title != bucket_of(failure_of(lambda: raise_value_error("")))


def test_buckets_use_the_last_exception_of_a_chain() -> None:
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

    assert bucket_of(failure_of(convert)).startswith("KeyError at ")
    inner = bucket_of(failure_of(lambda: raise_value_error("")))
    assert bucket_of(failure_of(wrap)).startswith("KeyError at ")
    assert inner.split(" at ")[1].split(" < ")[0] not in bucket_of(failure_of(wrap))


def test_panics_and_recursion_have_one_bucket_each() -> None:
    def deep(depth: int) -> int:
        return deep(depth + 1) + 1

    assert bucket_of(failure_of(lambda: panic("x"))).startswith(f"panic at {HERE}")
    one, other = (bucket_of(failure_of(partial(deep, depth))) for depth in (0, 7))
    assert one == other
    assert one.startswith(f"RecursionError at {HERE}")


def test_buckets_use_the_first_failure_not_logs() -> None:
    def logged(t: T) -> None:
        t.log("ValueError: just a log")
        raise_value_error("")

    def twice(t: T) -> None:
        t.error("first")
        raise_value_error("")

    def in_subtest(t: T) -> None:
        def inner(_: T) -> None:
            raise_value_error("")

        t.run("inner", inner)
        t.fail()

    assert bucket_of(failure_in(logged)).startswith(f"ValueError at {HERE}")
    line = twice.__code__.co_firstlineno + 1
    assert bucket_of(failure_in(twice)) == f"failed at {HERE}{line}"
    assert bucket_of(failure_in(in_subtest)).startswith(f"ValueError at {HERE}")
    assert bucket_of(failure_in(T.fail)).startswith("failed at ")


def test_an_exception_caused_by_recursion_is_recognized() -> None:
    def deep() -> None:
        try:
            deep()
        except RecursionError:
            raise KeyError("too deep") from None

    failure = failure_of(deep)
    assert failure.kind == "KeyError"
    assert failure.from_recursion()
    assert not failure_of(lambda: raise_value_error("RecursionError")).from_recursion()


FAULT = """\
Fatal Python error: Aborted

Thread 0x00007f0000000001 (most recent call first):
  File "/x/other.py", line 1 in wait

Current thread 0x00007f0000000002 (most recent call first):
  File "{standard}", line 9 in join
  File "/x/y.py", line 7 in f
  File "/x/z.py", line 8 in <lambda>

Extension modules: _cffi_backend (total: 1)
"""


def test_the_frames_of_a_lost_worker_are_those_of_its_current_thread() -> None:
    frames = printed_positions("noise\n" + FAULT.format(standard=os.__file__))
    assert frames == [("/x/y.py", 7), ("/x/z.py", 8)]
    lost = Failure("report", "signal: segmentation fault", frames)
    assert bucket_of(lost) == "signal: segmentation fault at y.py:7 < z.py:8"
    assert bucket_of(Failure("report", "exit status 3")) == "exit status 3"


def test_without_a_stack_of_a_fault_the_last_traceback_counts() -> None:
    text = 'Traceback (most recent call last):\n  File "/x/{0}.py", line 5, in f\n{0}\n'
    assert printed_positions(text.format("one") + text.format("two")) == [("/x/two.py", 5)]
    assert printed_positions("File of no stack, line 5 in no file") == []


@given(st.lists(st.tuples(st.text("abc ", min_size=1), st.integers(1, 10**6)), min_size=1))
def test_the_table_has_a_line_a_bucket(rows: list[tuple[str, int]]) -> None:
    buckets = []
    for title, count in rows:
        bucket = Bucket(title, "FuzzX/1")
        bucket.count = count
        buckets.append(bucket)
    first, *lines = table(buckets).splitlines()
    total = sum(count for _, count in rows)
    failures = "1 failure" if total == 1 else f"{total} failures"
    assert first == f"{failures} in {len(rows)} bucket{'' if len(rows) == 1 else 's'}:"
    assert [int(line.split()[0]) for line in lines] == sorted((c for _, c in rows), reverse=True)


def test_failures_reported_by_the_test_differ_by_line(package: Package) -> None:
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


def test_lost_workers_differ_by_their_place(package: Package) -> None:
    package.write(
        "lost_test.py",
        """
        import os, time

        def FuzzIt(f):
            @f.fuzz
            def _(t, data: bytes):
                if data[:1] == b"a":
                    os.abort()
                if data[:1] == b"b":
                    os.abort()
                while data[:1] == b"c":
                    time.sleep(60)
                if data[:1] == b"d":
                    os.abort()
        """,
    )
    for name, text in ("a", "a1"), ("b", "b1"), ("c", "c1"), ("d", "d1"):
        entry = f'go test fuzz v1\n[]byte("{text}")\n'
        package.write(f"testdata/fuzz/FuzzIt/{name}", entry)
    flags = ("-fuzz=FuzzIt", "-keepgoing", "-fuzztime=4x", "-parallel=1", "-fuzzexectime=2s")
    done = package.run("test", *flags)
    titles = re.findall(r"fuzz: known bucket: (.*)\n", done.stdout)
    assert titles[0] == "signal: aborted at lost_test.py:8 < lost_test.py:5"
    assert titles[1] == "signal: aborted at lost_test.py:10 < lost_test.py:5"
    assert re.fullmatch(r"timeout at lost_test\.py:1[12] < lost_test\.py:5", titles[2])
    # The signal that ended the third worker was the engine's, this one is not.
    assert titles[3] == "signal: aborted at lost_test.py:14 < lost_test.py:5"


def test_a_worker_that_dies_at_once_has_no_bucket(package: Package) -> None:
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
    assert done.returncode == 3
    assert "fuzzing process terminated without fuzzing" in done.stdout
    assert "buckets" not in done.stdout
    assert package.recorded() == []


def test_buckets_name_modules_with_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shop/__init__.py", "shop/cart/__init__.py", "lib/space/size.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "lib"), "relative"])

    def title(*files: str) -> str:
        return bucket_of(Failure(kind="KeyError", frames=[(str(tmp_path / f), 3) for f in files]))

    assert title("shop/cart/size.py") == "KeyError at shop/cart/size.py:3"
    assert title("lib/space/size.py") == "KeyError at space/size.py:3"
    assert title("size.py", "lib/x.py") == "KeyError at size.py:3 < x.py:3"
    monkeypatch.setattr(sys, "path", [])
    assert title("lib/space/size.py") == "KeyError at size.py:3"
    assert title("shop/cart/size.py") == "KeyError at shop/cart/size.py:3"


def test_a_suppression_of_a_module_is_not_one_of_its_namesake() -> None:
    (suppression,) = parse("KeyError at shop/size.py:3\n", "known.txt")
    assert suppression.matches("KeyError at shop/size.py:3 < main.py:1")
    assert not suppression.matches("KeyError at size.py:3")
    assert not suppression.matches("KeyError at other/size.py:3")
    (suppression,) = parse("KeyError at size.py:3\n", "known.txt")
    assert not suppression.matches("KeyError at shop/size.py:3")


def test_files_of_go_have_their_paths_in_the_module(tmp_path: Path) -> None:
    inner = tmp_path / "internal" / "size"
    inner.mkdir(parents=True)
    frame = (str(inner / "size.go"), 7)
    assert bucket_of(Failure("", "panic", [frame])) == "panic at size.go:7"
    (tmp_path / "go.mod").write_text("module example.com/shop\n")
    assert bucket_of(Failure("", "panic", [frame])) == "panic at internal/size/size.go:7"
