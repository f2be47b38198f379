"""The examples of README and docs run, with the files that the same page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scriptest.engine.result import Status
from scriptest.language import txtar
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Finder

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def examples() -> list[object]:
    """Return a page, a line and a script for every block marked txtar."""
    found: list[object] = []
    for page in PAGES:
        text = page.read_text()
        blocks = list(BLOCK.finditer(text))
        before, files = archived([(block[2], block[3]) for block in blocks if block[2]])
        for block in blocks:
            if block[1] == "txtar":
                line = text.count("\n", 0, block.start()) + 1
                name = f"{page.relative_to(ROOT)}:{line}"
                found.append(pytest.param(before + block[3] + files, id=name))
    return found


def archived(files: list[tuple[str, str]]) -> tuple[str, str]:
    """Return files as an archive has them, and the script's lines that make them what they are."""
    before, text = "", ""
    for name, content in files:
        data = content.encode()
        if txtar.needs_quote(data):
            before += f"unquote {name}\n"
            content = txtar.quote(data).decode()
        text += f"-- {name} --\n{content}"
    return before, text


@pytest.mark.parametrize("script", examples())
def test_example(script: str, tmp_path: Path) -> None:
    path = tmp_path / "example.txt"
    path.write_text(script)
    runner = Runner(Options())
    try:
        result = runner.run_one(Finder().find([str(path)])[0])
    finally:
        runner.close()
    assert result.status is Status.PASSED, result.failure


def test_there_are_examples() -> None:
    assert len(examples()) >= 2
