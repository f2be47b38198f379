"""Findings of the detectors, and harmless calls."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.findings.detectors import (
    DETECTORS,
    dictionary_words,
    read_detectors,
    with_detectors,
)
from fuzzengine.findings.finding import DeepRecursion
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import T
from fuzzengine.testing.target import Target
from tests.fuzzengine.running import Package

FOUND = {
    "Shell": ("'; true 1234'", "subprocess.run('true ' + x, shell=True)", "CommandInjection"),
    "Program": ("'/no/such'", "subprocess.run([x])", "CommandInjection"),
    "Exec": ("'pass # x'", "exec(x)", "CodeInjection"),
    "Marshal": ("marshal.dumps('a' * 9)", "marshal.loads(x)", "UnsafeLoad"),
    "Absolute": ("'/etc/hostname'", "open(x)", "OutsideFolder"),
    "Remove": ("'../../nothing'", "os.remove(x)", "OutsideFolder"),
    "Connect": ("'x'", "socket.create_connection(('192.0.2.1', 9))", "Connection"),
    "Thread": ("'1 + 1234'", "in_thread(lambda: eval(x))", "CodeInjection"),
    "Swallowed": ("'1 + 1234'", "swallow(lambda: eval(x))", "CodeInjection"),
    "Other": ("'1 + zzzz'", "eval(x)", "CodeInjection"),
}
HARMLESS = {
    "Argument": ("'name.txt'", "subprocess.run(['true', x])"),
    "Constant": ("'true'", "os.system('true')"),
    "Import": ("'import this_one'", "__import__('late')"),
    "Inside": ("'data/some'", "open(x, 'a').close()"),
    "Local": ("'x'", "swallow(lambda: socket.create_connection(('127.0.0.1', 9)))"),
    "Own": ("'name.txt'", "pickle.loads(pickle.dumps([os.path.join, x]))"),
    "Shallow": ("'x'", "nested(100)"),
}
PREAMBLE = """
import marshal, os, pickle, socket, subprocess, threading

def in_thread(function):
    def run():
        try:
            function()
        except BaseException:
            pass
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

def swallow(function):
    try:
        function()
    except BaseException:
        pass

def nested(depth):
    return depth and nested(depth - 1)
"""


def fuzz_test(name: str, seed: str, body: str) -> str:
    kind = "bytes" if seed.startswith("marshal") else "str"
    return f"""
def Fuzz{name}(f):
    f.add({seed})
    @f.fuzz
    def _(t, x: {kind}):
        {body}
"""


@pytest.fixture
def dangerous(package: Package) -> Package:
    text = PREAMBLE
    for name, (seed, body, _) in FOUND.items():
        text += fuzz_test(name, seed, body)
    for name, (seed, body) in HARMLESS.items():
        text += fuzz_test(name, seed, body)
    (package.folder / "danger_test.py").write_text(text)
    (package.folder / "late.py").write_text("import this_one\n")
    (package.folder / "this_one.py").write_text("'import this_one'\n")
    (package.folder / "data").mkdir()
    return package


def test_each_dangerous_call_has_its_finding_and_no_other(dangerous: Package) -> None:
    done = dangerous.run("test", "-detect=all")
    assert done.returncode == 1
    failed = re.findall(r"^--- FAIL: Fuzz(\w+)", done.stdout, re.M)
    assert sorted(failed) == sorted(FOUND)
    for name, (_, _, kind) in FOUND.items():
        part = done.stdout.partition(f"--- FAIL: Fuzz{name} ")[2].partition("\n--- FAIL")[0]
        assert f" fuzzengine.{kind}: " in part
        assert 'danger_test.py", line ' in part


def test_findings_are_buckets_when_fuzzing(package: Package) -> None:
    package.write(
        "calc_test.py",
        """
        def FuzzCalc(f):
            @f.fuzz(allow=Exception)
            def _(t, text: str):
                eval(text)
        """,
    )
    flags = ("-fuzz=FuzzCalc", "-detect=all", "-keepgoing", "-parallel=1", "-fuzztime=500x")
    done = package.run("test", *flags)
    assert done.returncode == 1
    assert "new bucket: fuzzengine.CodeInjection at calc_test.py:5\n" in done.stdout
    assert len(package.recorded()) == 1


@given(st.lists(st.sampled_from(sorted(DETECTORS)), max_size=4))
def test_names_are_read_as_written(names: list[str]) -> None:
    assert read_detectors(",".join(names)) == tuple(names)
    assert len(dictionary_words(names)) >= len(names) - names.count("superlinear")


def test_all_means_every_detector_and_unknown_names_are_refused() -> None:
    assert read_detectors("all") == tuple(DETECTORS)
    with pytest.raises(ValueError, match="unknown detector nope; use all, command"):
        read_detectors("code,nope")


def nested(depth: int) -> int:
    return depth and nested(depth - 1)


def limited(function: Callable[..., object], *, allow: tuple[type[BaseException], ...] = ()) -> T:
    """Run a fuzz target with -detect=recursion."""
    test = T("FuzzX", Printer(io.StringIO(), verbose=False))
    with_detectors(Target(function, [], allow), ("recursion",)).function(test)
    return test


def test_the_limit_of_nested_calls_is_reported_as_such() -> None:
    with pytest.raises(
        DeepRecursion, match=r"^more than 300 nested calls, which -detect=recursion"
    ):
        limited(lambda _: nested(400))
    limited(lambda _: nested(100))


def test_a_recursion_without_end_is_the_targets() -> None:
    with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
        limited(lambda _: nested(1 << 30))


def test_what_a_target_makes_of_the_limit_is_not_its_failure() -> None:
    def converting(_: T) -> None:
        try:
            nested(400)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    with pytest.raises(DeepRecursion):
        limited(converting)

    def deep_once(_: T, calls: list[int] = []) -> None:  # noqa: B006
        calls.append(1)
        nested(400 if len(calls) == 1 else 1)

    limited(deep_once)


def test_an_allowed_recursion_error_stays_allowed() -> None:
    with pytest.raises(RecursionError):
        limited(lambda _: nested(400), allow=(RecursionError,))
