"""Runs the examples of docs/python-api.md, and checks their types and the tables of names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scriptest.commands import base, public
from scriptest.engine.result import Status
from scriptest.run.runner import Options, Runner
from scriptest.sandbox.shared import Shared
from scriptest.sandbox.state import State
from scriptest.suite.suite import Finder
from tools.pages import ROOT, blocks

PAGE = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)


def merged(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """Return two mappings as one, their inner mappings too."""
    both = {**one, **other}
    for key in one.keys() & other.keys():
        left, right = one[key], other[key]
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        both[key] = merged(left, right)
    return both


def contents(name: str) -> list[str]:
    return [block.content for block in BLOCKS if block.title == name]


def helpers() -> str:
    """Return the parts of helpers.py, with their imports at the top."""
    lines = "\n\n".join(contents("helpers.py")).split("\n")
    imports = [line for line in lines if re.match(r"(from|import) ", line)]
    rest = [line for line in lines if line not in imports]
    return "\n".join([*imports, *rest])


def write_suite(folder: Path) -> None:
    settings: dict[str, object] = {}
    for text in contents("scriptest.yaml"):
        settings = merged(settings, yaml.safe_load(text))
    (folder / "scriptest.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "helpers.py").write_text(helpers(), encoding="utf-8")


def examples() -> list[object]:
    return [
        pytest.param(block.content, id=f"line-{PAGE.count(chr(10), 0, block.fence) + 1}")
        for block in BLOCKS
        if block.language == "txtar"
    ]


@pytest.mark.once
@pytest.mark.process
@pytest.mark.parametrize("script", examples())
def test_example(script: str, tmp_path: Path) -> None:
    write_suite(tmp_path)
    (tmp_path / "example.txt").write_text(script, encoding="utf-8")
    runner = Runner(Options())
    try:
        result = runner.run_one(Finder().find([str(tmp_path / "example.txt")])[0])
    finally:
        runner.close()
    assert result.status is Status.PASSED, result.failure


def test_every_section_has_an_example() -> None:
    assert len(examples()) >= 10


@pytest.mark.once
@pytest.mark.process
def test_the_examples_pass_mypy_strict(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    write_suite(tmp_path)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "helpers.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "scriptest" / "py.typed").exists()


def documented(heading: str) -> set[str]:
    """Return the names in the first column of the table below a heading."""
    section = PAGE.partition(f"{heading}")[2]
    rows = re.match(r"[^|]*((?:\|.*\n)+)", section)
    assert rows is not None
    return set(re.findall(r"^\| `(\w+)[`(]", rows[1], re.M))


def public_names(owner: type) -> set[str]:
    return {name for name in vars(owner) if not name.startswith("_")}


@pytest.mark.parametrize("name", ["State", "Call"])
def test_the_documented_names_are_the_public_ones(name: str) -> None:
    assert documented(f"\n### {name}\n") == public_names(getattr(public, name))


def test_the_documented_names_of_shared_are_its_attributes() -> None:
    assert documented("grep '^expensive$' $CATALOGUE\n```\n") == set(Shared.__slots__)


def as_public(state: State, call: base.Call) -> tuple[public.State, public.Call]:
    """Return what a command gets as its public types; mypy checks that they fit."""
    return state, call


def test_a_state_has_the_documented_names(tmp_path: Path) -> None:
    state = State(str(tmp_path), {})
    try:
        assert [name for name in documented("\n### State\n") if not hasattr(state, name)] == []
    finally:
        state.close()
    known = {*public_names(base.Call), *base.Call.__slots__}
    assert documented("\n### Call\n") <= known
