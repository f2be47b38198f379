from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base import paths
from fuzzengine.testing.discovery import find_test_files, is_test_file, is_test_name


def test_the_name_of_a_package(tmp_path: Path) -> None:
    inner = tmp_path / "work" / "inner"
    inner.mkdir(parents=True)
    assert paths.package_name(str(inner)) == "inner"
    (tmp_path / "work" / "pyproject.toml").write_text(
        '[build-system]\nname = "no"\n[project] # the one\n"name" = \'example\' # so it is\n'
    )
    assert paths.package_name(str(inner)) == "example/inner"
    assert paths.package_name(str(inner.parent)) == "example"
    (inner / "pyproject.toml").write_text("[tool.other]\nname = 'no'\n")
    assert paths.package_name(str(inner)) == "example/inner"


@given(st.text())
def test_any_pyproject_gives_a_name(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(text, encoding="utf-8", errors="replace")
        assert paths.package_name(folder)


def test_where_the_cache_is(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert paths.cache_root({**home, "FUZZENGINE_CACHE": "/a", "GOCACHE": "/b"}) == "/a"
    assert paths.cache_root({**home, "GOCACHE": "/b"}) == "/b"
    xdg = {**home, "XDG_CACHE_HOME": "/c"}
    assert paths.cache_root({**xdg, "GOCACHE": "off"}) == "/c/fuzzengine"
    assert paths.cache_root({"HOME": str(tmp_path / "none")}) == ""


def test_test_files(tmp_path: Path) -> None:
    for name in ("b_test.py", "test_a.py", "test.py", "a_test.pyc", "conftest.py", "x_test.txt"):
        (tmp_path / name).write_text("")
    names = [Path(path).name for path in find_test_files(str(tmp_path))]
    assert names == ["b_test.py", "test_a.py"]
    assert is_test_file("_test.py")


@pytest.mark.parametrize(
    ("name", "prefix", "expected"),
    [
        ("FuzzX", "Fuzz", True),
        ("Fuzz", "Fuzz", True),
        ("Fuzz_x", "Fuzz", True),
        ("Fuzzy", "Fuzz", False),
        ("fuzz_x", "Fuzz", True),
        ("fuzz", "Fuzz", False),
        ("TestX", "Fuzz", False),
        ("test_x", "Test", True),
        ("testing", "Test", False),
    ],
)
def test_names_of_tests(name: str, prefix: str, expected: bool) -> None:
    assert is_test_name(name, prefix) is expected
