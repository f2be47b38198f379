"""A run that was to fuzz and had nothing to fuzz fails with a line that says why."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

GOOD = """
def FuzzSize(f):
    @f.fuzz
    def _(t, data: bytes):
        pass
"""


def failure(package: Package, *arguments: str, status: int = 2) -> str:
    """Run `fuzzengine test`, which must fail in a plain way; return its output."""
    done = package.run("test", "-fuzztime=1x", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_no_folder_with_test_files(package: Package) -> None:
    package.write("below/size.py", GOOD)
    line = "fuzzengine test: ./...: no folder with test files (*_test.py, test_*.py)\n"
    assert failure(package, "-fuzz=.", "./...") == line
    assert failure(package, "./...") == line
    done = package.run("corpus", "minimize", "./...")
    assert (done.returncode, done.stderr) == (2, line.replace(" test:", " corpus minimize:"))
    done = package.run("corpus", "migrate", "nosuch")
    assert (
        done.stderr
        == f"fuzzengine corpus migrate: {package.folder}/nosuch: no such file or folder\n"
    )


def test_a_folder_without_test_files(package: Package) -> None:
    package.write("size.py", GOOD)
    assert failure(package, "-fuzz=.") == (
        "fuzzengine test: -fuzz=.: no test files (*_test.py, test_*.py) "
        f"in {package.folder}\nFAIL\tm [no test files]\n"
    )
    done = package.run("test")
    assert (done.returncode, done.stdout) == (0, "?   \tm\t[no test files]\n")


def test_a_pattern_without_match(package: Package) -> None:
    package.write("size_test.py", GOOD)
    assert failure(package, "-fuzz=NoSuch").startswith(
        "testing: -fuzz=NoSuch matches no fuzz test of this package; it has FuzzSize\nFAIL\n"
    )
    assert "; it has FuzzSize (did you mean FuzzSize?)\n" in failure(package, "-fuzz=FuzzSzie")
    assert " that -skip=Size leaves; it has " in failure(package, "-fuzz=.", "-skip=Size")
    done = package.run("test", "-fuzz=NoSuch", FUZZENGINE_COMMAND="go test")
    assert done.returncode == 0, "Go accepts it"
    assert done.stdout.endswith(" [no fuzz tests to fuzz]\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("FuzzSize", "Fuzzsize"), "Fuzzsize: name a fuzz test like FuzzSize"),
        ("class TestIt:\n    def FuzzSize(self, f): pass", "TestIt.FuzzSize: a method is not a"),
        ("class FuzzSize: pass", "FuzzSize: a class is not a fuzz test; write a function"),
        ("from size import FuzzSize", "FuzzSize: it is imported from size; define it in the"),
        ("from functools import partial\nFuzzSize = partial(print)", "FuzzSize: a partial is not"),
        ("FuzzSize = lambda f: None", "FuzzSize: its __name__ is <lambda>; use functools.wraps"),
    ],
)
def test_the_only_candidate_is_refused(package: Package, text: str, line: str) -> None:
    package.write("size.py", GOOD)
    package.write("size_test.py", text)
    assert failure(package, "-fuzz=.").startswith(
        "testing: -fuzz=. matches no fuzz test of this package; it has no fuzz tests\n"
        f"    size_test.py: {line}"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def FuzzSize(): pass", "size_test.py:1: a fuzz test takes one argument, f\n"),
        ("def FuzzSize(data: bytes): pass", "size_test.py:1: returned without calling f.fuzz"),
        (
            "def FuzzSize(f):\n    f.fuzz(lambda data: None)",
            "size_test.py:2: panic: testing: fuzz target must receive at least two arguments",
        ),
    ],
)
def test_a_wrong_signature(package: Package, text: str, line: str) -> None:
    package.write("size_test.py", text)
    assert f"    {line}" in failure(package, "-fuzz=.", status=1)


@pytest.mark.parametrize("flags", [[], ["-fuzz=."]])
def test_a_seed_that_comes_too_late(package: Package, flags: list[str]) -> None:
    package.write("size_test.py", f"{GOOD}\n    f.add(b'late')\n")
    text = failure(package, *flags, status=1).replace("panic: ", "")
    assert "size_test.py:7: testing: f.add called after f.fuzz, which has used the seeds" in text


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("-cover=nosuch", "-cover=nosuch: there is no module nosuch; check its spelling\n"),
        ("-cover=json.nosuch", "-cover=json.nosuch: there is no module json.nosuch; "),
        ("-cover=os.path.nosuch", "-cover=os.path.nosuch: there is no module "),
        ("-cover=_sre", "-cover=_sre: _sre has no Python code to instrument\n"),
        ("-nocover=size_test,nosuch", "-nocover=nosuch: there is no module nosuch; "),
    ],
)
@pytest.mark.parametrize("fuzz", [[], ["-fuzz=."]])
def test_modules_to_cover_that_do_not_exist(
    package: Package, flag: str, line: str, fuzz: list[str]
) -> None:
    package.write("size_test.py", GOOD)
    assert failure(package, *fuzz, flag).startswith(line)


def test_modules_to_cover_that_exist(package: Package) -> None:
    package.write("size_test.py", GOOD)
    package.write("space/part/deep.py", "")
    names = "json.decoder,space.part.deep,space,size_test,os.path"
    done = package.run("test", "-fuzz=.", "-fuzztime=1x", f"-cover={names}", "-nocover=all,math")
    assert done.returncode == 0, done.stdout
