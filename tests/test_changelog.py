"""Changelog fragments: their names and texts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
TYPES = [kind["directory"] for kind in SETTINGS["type"]]
FOLDER = ROOT / SETTINGS["directory"]
FRAGMENTS = [
    path for path in sorted(FOLDER.iterdir()) if path.name not in ("README.md", "template.md")
]


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_fragment(path: Path) -> None:
    assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(TYPES)})\.md", path.name)
    text = path.read_text(encoding="utf-8").strip()
    assert re.fullmatch(r"[A-Z`].*\.", text, re.S), "one sentence that ends with a full stop"
    assert not re.search(r"[.!?]\s+[A-Z`]|\n\s*[\n*-]", text), "more than one sentence"


def test_the_readme_explains_every_type() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    assert rows == TYPES


def test_the_changelog_takes_the_fragments_of_a_release() -> None:
    changelog = (ROOT / SETTINGS["filename"]).read_text(encoding="utf-8")
    assert changelog.count(SETTINGS["start_string"]) == 1
