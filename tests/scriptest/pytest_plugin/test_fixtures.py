"""What values of fixtures are in scripts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.pytest_plugin.fixtures import variables
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Finder


class Word(str, Enum):  # noqa: UP042
    ONE = "one"


class Pair(NamedTuple):
    left: int
    right: object


@dataclass
class Server:
    host: str
    port: int


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("x", {"f": "x"}),
        ("", {"f": ""}),
        (b"x", {"f": "x"}),
        (True, {"f": "true"}),
        (False, {"f": "false"}),
        (1.5, {"f": "1.5"}),
        (Word.ONE, {"f": "one"}),
        (PurePosixPath("a/b"), {"f": "a/b"}),
        (None, {}),
        ([1], {}),
        (object(), {}),
        (Server, {}),
        (Server("h", 1), {"f_host": "h", "f_port": "1"}),
        (Pair(1, {"deep": 2}), {"f_left": "1"}),
        ({"a": 1, 2: "b", "c": None}, {"f_a": "1"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(value: object, wanted: dict[str, str]) -> None:
    assert variables({"f": value}) == wanted


@given(st.dictionaries(st.sampled_from("abc"), st.text() | st.integers() | st.none()))
def test_a_mapping_is_what_its_simple_parts_are(value: dict[str, object]) -> None:
    flat = {f"f_{key}": part for key, part in value.items()}
    assert variables({"f": value}) == variables(flat)


@pytest.mark.process
def test_without_pytest_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("echo\n-- scriptest.yaml --\nuse: [db, port]\n")
    runner = Runner(Options())
    try:
        result = runner.run_one(Finder().find([str(tmp_path / "a.txt")])[0])
    finally:
        runner.close()
    assert result.failure is not None
    assert result.failure.message == (
        "its header has `use: db, port`, fixtures that only pytest has; run it with pytest"
    )
