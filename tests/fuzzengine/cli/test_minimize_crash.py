"""`fuzzengine corpus minimize -crash FILE` replaces a failing input by a smaller one."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

TESTS = """
    import os

    def FuzzIt(f):
        @f.fuzz
        def _(t, data: bytes):
            if b"exit" in data:
                os._exit(3)
            if b"key" in data:
                raise KeyError
            if b"value" in data:
                raise ValueError
"""


def entry(text: str) -> str:
    return f'go test fuzz v1\n[]byte("{text}")\n'


@pytest.fixture
def failing(package: Package) -> Package:
    package.write("it_test.py", TESTS)
    package.write("testdata/fuzz/FuzzIt/big", entry("a key in a long line, and no value of it"))
    package.write("testdata/fuzz/FuzzIt/other", entry("a value in a long line"))
    package.write("testdata/fuzz/FuzzIt/passes", entry("nothing"))
    package.write("testdata/fuzz/FuzzIt/exits", entry("exit at once"))
    return package


@pytest.mark.process
def test_a_failing_input_is_replaced(failing: Package) -> None:
    done = failing.run("corpus", "minimize", "-crash", "testdata/fuzz/FuzzIt/big", "-n")
    assert done.stdout.endswith(" bytes (would be: nothing is written)\n    data = b'key'\n")
    assert "FuzzIt/big" in failing.recorded()
    done = failing.run("corpus", "minimize", "-crash=testdata/fuzz/FuzzIt/big")
    (name,) = set(failing.recorded()) - {"FuzzIt/other", "FuzzIt/passes", "FuzzIt/exits"}
    assert done.stdout == (
        f"testdata/fuzz/FuzzIt/big: 67 bytes -> testdata/fuzz/{name}: 30 bytes\n    data = b'key'\n"
    )
    again = failing.run("corpus", "minimize", f"-crash=testdata/fuzz/{name}")
    assert again.stdout == (
        f"testdata/fuzz/{name}: 30 bytes; no smaller input fails in the same way\n"
    )
    assert (done.returncode, again.returncode) == (0, 0)


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("testdata/fuzz/FuzzIt/passes", 1, ": it does not fail, so it cannot be made smaller\n"),
        ("testdata/fuzz/FuzzIt/exits", 0, "an input that ends its worker is not minimized\n"),
        ("testdata/fuzz/FuzzIt/nosuch", 2, "nosuch: no such file\n"),
        ("testdata/fuzz/FuzzNo/passes", 2, ": no fuzz test matches -fuzz=^FuzzNo$\n"),
        ("it_test.py", 2, "want a file such as testdata/fuzz/FuzzX/0123456789abcdef, not "),
    ],
)
def test_inputs_that_stay(failing: Package, path: str, status: int, said: str) -> None:
    failing.write("testdata/fuzz/FuzzNo/passes", "")
    before = failing.recorded()
    done = failing.run("corpus", "minimize", f"-crash={path}")
    assert said in done.stdout + done.stderr
    assert done.returncode == status
    assert failing.recorded() == before
