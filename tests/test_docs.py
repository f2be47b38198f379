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
from tests.environment import NO_PLUGINS
from tools import outputs
from tools.pages import PAGES, ROOT, blocks

WITH_SESSIONS = [page for page in PAGES if outputs.has_sessions(page.read_text())]


def examples() -> list[object]:
    """Return a script for every block marked txtar, with its page and line as the id."""
    found: list[object] = []
    for page in PAGES:
        if page.name == "python-api.md":
            # Its files are parts of one suite: see test_python_api.py.
            continue
        text = page.read_text()
        shown = blocks(text)
        before, files = archived([(block.title, block.content) for block in shown if block.title])
        for block in shown:
            if block.language == "txtar":
                line = text.count("\n", 0, block.fence) + 1
                name = f"{page.relative_to(ROOT)}:{line}"
                found.append(pytest.param(before + block.content + files, id=name))
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
    runner = Runner(Options(env=NO_PLUGINS))
    try:
        result = runner.run_one(Finder().find([str(path)])[0])
    finally:
        runner.close()
    assert result.status is Status.PASSED, result.failure


def test_there_are_examples() -> None:
    assert len(examples()) >= 30


@pytest.mark.once
@pytest.mark.process
@pytest.mark.parametrize("page", WITH_SESSIONS, ids=lambda page: page.name)
def test_sessions_show_what_the_commands_print(page: Path) -> None:
    text = page.read_text()
    now = outputs.rewritten(text)
    if outputs.masked(now) != outputs.masked(text):
        # A campaign with several workers may end differently; a page out of date differs again.
        now = outputs.rewritten(text)
    command = f"python -m tools.outputs {page.relative_to(ROOT)}"
    assert outputs.masked(now) == outputs.masked(text), f"to write the new outputs: {command}"


def test_pages_with_sessions() -> None:
    assert {"README.md", "fuzzing.md", "tutorial.md"} <= {page.name for page in WITH_SESSIONS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_fences_name_a_language_and_a_title_only(page: Path) -> None:
    # Python-Markdown takes a fence with anything else after the language for prose.
    text = page.read_text()
    fences = re.findall(r"^```.*$", text, re.M)
    allowed = r"```|```\w+( title=\"[^\"]+\")?"
    assert [fence for fence in fences if not re.fullmatch(allowed, fence)] == []
    # The name of a file is the title of its block, not a line before it.
    assert re.findall(r"^`[^`\n]+`:\n\n```", text, re.M) == []
