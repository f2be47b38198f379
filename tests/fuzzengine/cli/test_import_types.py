"""`fuzzengine corpus import` refuses types that the fuzz test does not take."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

TESTS = """
    from dataclasses import dataclass

    @dataclass
    class Cart:
        name: str

    def FuzzCart(f):
        @f.fuzz
        def _(t, cart: Cart): pass

    def FuzzBoth(f):
        @f.fuzz
        def _(t, data: bytes, size: int): pass
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["FuzzCart"], "FuzzCart takes Cart, not []uint8; files of raw bytes cannot be converted "),
        (["FuzzBoth"], "FuzzBoth takes []uint8,int, not []uint8; use -types=[]uint8,int\n"),
        (["FuzzBoth", "-types=[]byte,int"], ""),
        (["FuzzOther"], ""),
    ],
)
def test_types_of_imported_entries(package: Package, flags: list[str], line: str) -> None:
    package.write("cart_test.py", TESTS)
    package.write("raw/one", "text")
    name, *more = flags
    entries = f"testdata/fuzz/{name}"
    done = package.run("corpus", "import", "-o", entries, *more, "raw")
    if line:
        assert done.stderr.startswith(f"fuzzengine corpus import: {line}")
        assert (done.returncode, package.recorded()) == (2, [])
    else:
        assert (done.returncode, len(package.recorded())) == (0, 1)
