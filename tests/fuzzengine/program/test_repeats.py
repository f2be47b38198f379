"""With one worker and one seed, runs are repeatable, whatever the other flags are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]

TESTS = """
    def note(*values):
        # Every input that runs, in order.
        with open("trace", "a") as file:
            print(*map(repr, values), file=file)

    def FuzzSteps(f):
        f.add(b"seed")
        @f.fuzz
        def _(t, data: bytes):
            note(data)
            for place, byte in enumerate(data[:6]):
                if byte != b"abcdef"[place]:
                    return

    def FuzzWords(f):
        @f.fuzz
        def _(t, text: str, number: int):
            note(text, number)
            if "magic" in text:
                if number > 1000:
                    if text.endswith("end"):
                        pass

    def FuzzSums(f):
        f.add(b"0123456789abcdef")
        @f.fuzz
        def _(t, data: bytes):
            note(data)
            size = sum(data[:3])
            if size % 2:
                if size % 3:
                    if size % 5:
                        pass

    def FuzzWrong(f):
        @f.fuzz
        def _(t, data: bytes):
            note(data)
            if data[:1] == b"a":
                raise ValueError(data)
            if len(data) > 40:
                raise KeyError(data)
            if data[:2] == b"bb":
                t.fatal("b")
"""
KEPT = {"fuzz", "trace"}
TIMES = re.compile(r"\d+m\d+s|\b\d+(\.\d+)?s\b|\(\d+/sec\)|\(?\d+\.\d+ms\)?")


def outcome(base: Path, flags: list[str]) -> tuple[list[str], dict[str, bytes]]:
    """Return the output of a run without times and progress, and all files it wrote."""
    package = Package(base)
    package.write("some_test.py", TESTS)
    package.write("words.dict", 'a="magic"\nb="end"\n')
    done = package.run("test", *flags, "-seed=11", "-parallel=1", "-run=NONE")
    lines = TIMES.sub("", done.stdout).replace(str(base), "").splitlines()
    shown = [line for line in lines if "elapsed:" not in line] + lines[-4:]
    files = [path for path in package.base.rglob("*") if path.is_file() and KEPT & set(path.parts)]
    key = package.inputs("").name
    names = {path: str(path.relative_to(base)).replace(key, "key") for path in files}
    return shown, {name: path.read_bytes() for path, name in names.items()}


@pytest.mark.parametrize(
    "flags",
    [
        ["-fuzz=FuzzWords", "-fuzztime=1500x", "-dict=words.dict"],
        ["-fuzz=FuzzSteps|FuzzWords", "-fuzztime=1000x"],
        ["-fuzz=FuzzWrong", "-fuzztime=1000x", "-keepgoing"],
        ["-fuzz=Steps|Words|Wrong", "-fuzztime=1200x", "-keepgoing", "-dict=words.dict"],
        ["-fuzz=FuzzSteps", "-fuzztime=600x", "-detect=all"],
        ["-fuzz=FuzzSteps", "-fuzztime=1000x", "-nocover=all"],
    ],
    ids=["dict", "several", "keepgoing", "everything", "detect", "nocover"],
)
def test_one_worker_and_one_seed_give_the_same_run(tmp_path: Path, flags: list[str]) -> None:
    first, second = outcome(tmp_path / "first", flags), outcome(tmp_path / "second", flags)
    assert first == second
    assert any("fuzz: seed: 11" in line for line in first[0])


def test_the_limit_for_failing_inputs_changes_no_interesting_ones(tmp_path: Path) -> None:
    flags = ["-fuzz=FuzzSums", "-fuzztime=2000x"]
    limits = (None, "0x", "3x", "1ms")
    runs = [
        outcome(tmp_path / str(limit), [*flags, f"-fuzzminimizetime={limit}"] if limit else flags)
        for limit in limits
    ]
    found = [{name: data for name, data in files.items() if "fuzz" in name} for _, files in runs]
    assert found[0]
    assert found == [found[0]] * len(limits)
