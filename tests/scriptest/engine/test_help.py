"""Tests of help and of the reference pages in docs/."""

from __future__ import annotations

from pathlib import Path

import pytest

from scriptest.commands import conditions
from scriptest.commands.base import Command, Negation
from scriptest.engine import reference_pages
from scriptest.engine.help import command_help, condition_help
from scriptest.engine.vocabulary import BUILTIN_COMMANDS

DOCS = Path(__file__).parents[3] / "docs"

every_command = pytest.mark.parametrize(
    "command", BUILTIN_COMMANDS.values(), ids=list(BUILTIN_COMMANDS)
)


@pytest.mark.parametrize("name", reference_pages.pages())
def test_the_pages_in_docs_are_up_to_date(name: str) -> None:
    fresh = (DOCS / name).read_text(encoding="utf-8") == reference_pages.pages()[name]
    assert fresh, f"docs/{name} is stale: run `python -m scriptest.engine.reference_pages`"


def test_the_pages_are_written(tmp_path: Path) -> None:
    reference_pages.main([str(tmp_path / "new")])
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "new").iterdir()}
    assert written == reference_pages.pages()


@every_command
def test_the_data_of_commands_are_consistent(command: Command) -> None:
    assert 0 <= command.least <= (command.least if command.most is None else command.most)
    assert command.pattern < (command.most or 99)
    assert command.summary[0].islower()
    assert not command.summary.endswith(".")
    assert all(detail.endswith(".") for detail in (command.detail, ".") if detail)
    assert len({flag.name for flag in command.flags}) == len(command.flags)
    assert all(flag.help for flag in command.flags)
    if command.background:
        assert command.negation is Negation.INVERTED or command.name == "sleep"


@every_command
def test_help_shows_the_synopsis_of_a_command(command: Command) -> None:
    text = command_help(command)
    assert text.startswith(command.synopsis + "\n")
    for flag in command.flags:
        assert f"    -{flag.name}" in text
    assert all(len(line) <= 80 for line in text.splitlines()[1:])


@pytest.mark.parametrize("name", conditions.BUILTINS)
def test_help_shows_the_notation_of_a_condition(name: str) -> None:
    assert condition_help(conditions.BUILTINS[name]).startswith(f"[{name}")
