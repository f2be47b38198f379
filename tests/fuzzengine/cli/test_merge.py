"""`fuzzengine corpus merge` with entries and databases of every kind."""

from __future__ import annotations

import re

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase, choices_to_bytes

from fuzzengine.corpus.encoding import marshal
from fuzzengine.types.kinds import INT, STRING
from tests.fuzzengine.running import Package

TESTS = """
    from dataclasses import dataclass

    @dataclass
    class Cart:
        name: str

    def FuzzCart(f):
        @f.fuzz
        def _(t, cart: Cart):
            if cart.name == "full":
                pass

    def FuzzPair(f):
        @f.fuzz
        def _(t, size: int, name: str):
            if size > 100:
                if name == "long":
                    pass
"""


@pytest.fixture
def carts(package: Package) -> Package:
    package.write("cart_test.py", TESTS)
    return package


@pytest.mark.process
def test_structured_entries(carts: Package) -> None:
    for number, name in enumerate(("full", "a", "b")):
        carts.write(f"old/{number}", f"go test fuzz v1\nCart(name={name!r})\n")
    carts.write("old/no", "go test fuzz v1\nCart(size=3)\n")
    done = carts.run("corpus", "merge", "testdata/fuzz/FuzzCart", "old")
    assert "FuzzCart: 2 of 3 inputs added to testdata/fuzz/FuzzCart: 0 inputs -> 2" in done.stdout
    assert "fuzzengine corpus merge: old/no:2:" in done.stdout
    assert done.returncode == 1
    assert len(carts.recorded()) == 2


@pytest.mark.process
def test_a_database_is_merged_but_not_written(carts: Package) -> None:
    folder = carts.folder / ".hypothesis" / "examples"
    database = DirectoryBasedExampleDatabase(str(folder))
    for size, name in ((5, "a"), (200, "b"), (300, "long"), (1, "another")):
        database.save(b"key", choices_to_bytes([size, name]))
    database.save(b"key", choices_to_bytes([True]))
    before = sorted(path.name for path in folder.rglob("*"))
    done = carts.run("corpus", "merge", "-fuzz=FuzzPair", "new", ".hypothesis")
    assert "FuzzPair: 3 of 4 inputs added to new" in done.stdout
    assert "1 values do not fit 2 types\n" in done.stdout
    expected = [marshal([INT, STRING], values) for values in ([5, "a"], [200, "b"], [300, "long"])]
    written = [path.read_bytes() for path in (carts.folder / "new").iterdir()]
    assert sorted(written) == sorted(expected)
    done = carts.run("corpus", "merge", "-fuzz=FuzzPair", ".hypothesis", "new")
    assert "cannot merge into a database; merge into a folder and export that\n" in done.stdout
    assert done.returncode == 2
    assert sorted(path.name for path in folder.rglob("*")) == before


GIVEN = """
    from hypothesis import given
    from hypothesis import strategies as st

    @given(st.lists(st.integers()))
    def test_sizes(sizes):
        if len(sizes) > 1:
            if sizes[0] == 700:
                pass
"""


@pytest.mark.process
def test_examples_of_a_test_with_given(package: Package) -> None:
    package.write("test_sizes.py", GIVEN)
    folder = package.folder / ".hypothesis" / "examples"
    database = DirectoryBasedExampleDatabase(str(folder))
    for choices in ([False], [True, 1, True, 2, False], [True, 700, True, 2, False]):
        database.save(b"key", choices_to_bytes(choices))
    done = package.run("corpus", "merge", "testdata/fuzz/test_sizes", ".hypothesis")
    assert "test_sizes: 3 of 3 inputs added to testdata/fuzz/test_sizes" in done.stdout
    assert len(package.recorded()) == 3
    done = package.run("cover", "-fuzz=test_sizes")
    assert re.search(r"^test_sizes\.py +7/7 +100%", done.stdout, re.M)
    done = package.run("corpus", "import", "-o", "testdata/fuzz/test_sizes", ".hypothesis")
    assert "test_sizes takes hypothesis, not bool" in done.stderr
    assert "; use -types=hypothesis\n" in done.stderr
    assert done.returncode == 2
    flags = ["-types=hypothesis", "-o", "testdata/fuzz/test_sizes"]
    done = package.run("corpus", "import", *flags, ".hypothesis")
    assert done.stdout == "3 examples -> 3 entries in testdata/fuzz/test_sizes\n"
    assert len(package.recorded()) == 3
