"""Go's coordinator drives our workers over the worker protocol; skipped where there is no Go."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package, processes_of
from tests.waiting import PATIENCE

PYTHON_TEST = """
    import os
    from fuzzengine import in_worker, panic

    def FuzzLong(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 6 and data[0] > 128:
                t.error("long", data)

    def FuzzPanic(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 6 and data[0] > 128:
                panic("too long")

    def FuzzExit(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 6 and data[0] > 128:
                os._exit(9)

    def FuzzLetters(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 1 and data[0] == 97:
                if data[1] == 98:
                    t.error("letters", data[:2])

    def FuzzFail(f):
        if in_worker():
            f.fail()

        @f.fuzz
        def _(t, data: bytes):
            pass
"""


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def drive(go_program: Path, package: Package, name: str) -> subprocess.CompletedProcess[str]:
    """Fuzz with Go's coordinator, whose workers are our test program."""
    package.write("m_test.py", PYTHON_TEST)
    assert package.run("test", "-c").returncode == 0
    flags = [f"-test.fuzz={name}", f"-test.fuzzcachedir={package.cache}", "-test.fuzztime=300s"]
    return subprocess.run(
        ["./m.test", *flags],
        executable=go_program,
        cwd=package.folder,
        env=package.environment(),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FuzzLong", "long"),
        ("FuzzPanic", "panic: too long"),
        ("FuzzExit", "terminated unexpectedly: exit status 9"),
        ("FuzzLetters", "letters b'ab'"),
    ],
)
def test_a_go_coordinator_with_our_workers(
    go_program: Path, package: Package, name: str, expected: str
) -> None:
    done = drive(go_program, package, name)
    assert expected in done.stdout, done.stdout + done.stderr
    assert "warning: the test binary" not in done.stderr, "Go has coverage of its own to go by"
    (recorded,) = package.recorded()
    if name != "FuzzExit":
        assert "fuzz: minimizing " in done.stderr
    if name == "FuzzLetters":
        text = (package.folder / "testdata" / "fuzz" / recorded).read_text()
        assert text == 'go test fuzz v1\n[]byte("ab")\n'
        assert any((package.cache / name).iterdir()), "nothing was interesting on the way"
    again = package.run("test", f"-run={recorded}")
    assert again.returncode == 1
    assert processes_of(package) == []


def test_a_go_coordinator_with_a_worker_that_fails_early(
    go_program: Path, package: Package
) -> None:
    package.write("m_test.py", PYTHON_TEST)
    done = drive(go_program, package, "FuzzFail")
    assert "fuzzing process terminated without fuzzing: EOF" in done.stdout
    assert package.recorded() == []
