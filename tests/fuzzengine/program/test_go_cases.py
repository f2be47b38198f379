"""The table of Go's fuzz scripts and ours is complete and names only existing scripts."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.fuzzengine.running import ROOT

TABLE = ROOT / "docs" / "go-fuzz-cases.md"
SCRIPTS = ROOT / "testdata" / "script"
GO_SCRIPTS = "src/cmd/internal/fuzztest/testdata/script"


def rows() -> dict[str, list[str]]:
    """Return our scripts by Go's script, from the table."""
    found = re.findall(r"^\| `(test_fuzz\w*)` \| ([^|]+) \|", TABLE.read_text(), re.MULTILINE)
    return {go: re.findall(r"`(\w+)`", ours) for go, ours in found}


def test_every_script_of_the_table_exists() -> None:
    names = {name for ours in rows().values() for name in ours}
    assert len(rows()) == 32
    assert all(rows().values())
    assert names - {path.stem for path in SCRIPTS.glob("*.txt")} == set()


def test_every_script_is_in_the_table() -> None:
    names = {name for ours in rows().values() for name in ours}
    assert {path.stem for path in SCRIPTS.glob("go_fuzz_*.txt")} - names == set()


def test_every_script_of_go_is_in_the_table() -> None:
    spec = importlib.util.find_spec("go")
    roots = spec.submodule_search_locations if spec is not None else None
    folders = [Path(root) / GO_SCRIPTS for root in roots or ()]
    if not any(folder.is_dir() for folder in folders):
        pytest.skip("no Go tree: pip install 'scriptest[go]'")
    there = {path.stem for folder in folders for path in folder.glob("*.txt")}
    assert there == set(rows())
