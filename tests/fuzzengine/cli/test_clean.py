"""`fuzzengine clean` removes the caches it is asked to remove, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package


@pytest.fixture
def filled(package: Package) -> Package:
    """A package with a file in both caches, and an unrelated file beside them."""
    for name in ("fuzz/m/FuzzX/1", "code/1.code", "other/1"):
        path = package.cache / name
        path.parent.mkdir(parents=True)
        path.write_text("kept")
    return package


def left(package: Package) -> list[str]:
    return sorted(path.name for path in package.cache.iterdir())


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["-cache"], ["fuzz", "other"]),
        (["-fuzzcache"], ["code", "other"]),
        (["-cache", "-fuzzcache"], ["other"]),
        (["-cache=false"], ["code", "fuzz", "other"]),
    ],
)
def test_only_the_named_caches_are_removed(
    filled: Package, flags: list[str], expected: list[str]
) -> None:
    done = filled.run("clean", *flags)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert left(filled) == expected
    assert filled.run("clean", *flags).returncode == 0, "nothing left to remove"


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ([], 2, "fuzzengine clean: nothing to clean\nusage: fuzzengine clean "),
        (
            ["-modcache"],
            2,
            "flag provided but not defined: -modcache (did you mean -cache?)\nusage: ",
        ),
        (["-fuzzcache", "m"], 2, "fuzzengine: clean -fuzzcache cannot be used with package "),
        (["m", "-cache"], 2, "fuzzengine: clean -cache cannot be used with package arguments\n"),
    ],
)
def test_mistakes(filled: Package, arguments: list[str], status: int, text: str) -> None:
    done = filled.run("clean", *arguments)
    assert done.returncode == status
    assert done.stderr.startswith(text)
    assert left(filled) == ["code", "fuzz", "other"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden here")
def test_a_folder_that_cannot_be_removed_is_named(filled: Package) -> None:
    held: Path = filled.cache / "fuzz" / "m"
    held.chmod(0o500)
    done = filled.run("clean", "-fuzzcache")
    held.chmod(0o700)
    assert done.returncode == 3
    assert done.stderr == f"fuzzengine clean: {held / 'FuzzX'}: Permission denied\n"


def test_instrumented_code_is_kept_beside_the_inputs(package: Package) -> None:
    package.write("m_test.py", "def FuzzX(f):\n    f.fuzz(target)\ndef target(t, b: bytes): ...\n")
    assert package.run("test", "-fuzz=FuzzX", "-fuzztime=1x").returncode == 0
    assert left(package) == ["code", "fuzz"]
    assert package.run("clean", "-cache").returncode == 0
    assert left(package) == ["fuzz"]
