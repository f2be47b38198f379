"""Runs the examples of README.md and docs/ with the files that the same page shows.

A block with a title, such as `title="todo.py"`, is that file.
"""

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
BLOCK = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<name>[^\"\n]+)\")?\n(?P<content>.*?)^```$", re.M | re.S
)


def examples() -> list[object]:
    """Return a script for every block marked txtar, with its page and line as the id."""
    found: list[object] = []
    for page in PAGES:
        text = page.read_text()
        blocks = list(BLOCK.finditer(text))
        before, files = archived(
            [(block["name"], block["content"]) for block in blocks if block["name"]]
        )
        for block in blocks:
            if block["language"] == "txtar":
                line = text.count("\n", 0, block.start()) + 1
                name = f"{page.relative_to(ROOT)}:{line}"
                found.append(pytest.param(before + block["content"] + files, id=name))
    return found


def archived(files: list[tuple[str, str]]) -> tuple[str, str]:
    """Return script lines that decode the files, and the files in txtar format."""
    before, text = "", ""
    for name, content in files:
        data = content.encode()
        if txtar.needs_quote(data):
            before += f"unquote {name}\n"
            content = txtar.quote(data).decode()
        text += f"-- {name} --\n{content}"
    return before, text


@pytest.mark.once
@pytest.mark.process
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
    assert len(examples()) >= 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_fences_name_a_language_and_a_title_only(page: Path) -> None:
    # Python-Markdown takes a fence with anything else after the language for prose.
    text = page.read_text()
    fences = re.findall(r"^```.*$", text, re.M)
    allowed = r"```|```\w+( title=\"[^\"]+\")?"
    assert [fence for fence in fences if not re.fullmatch(allowed, fence)] == []
    # The name of a file is the title of its block, not a line before it.
    assert re.findall(r"^`[^`\n]+`:\n\n```", text, re.M) == []
