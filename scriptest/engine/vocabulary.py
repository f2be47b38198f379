"""Looks up commands and conditions: built-in ones, and those of projects and other packages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scriptest import commands
from scriptest.base.errors import ScriptError, UnknownCommand, UnknownCondition
from scriptest.base.suggest import nearest
from scriptest.commands import conditions
from scriptest.commands.base import Command, Condition
from scriptest.engine.help_command import HELP
from scriptest.process.which import find_program

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

COMMAND_GROUP = "scriptest.commands"
CONDITION_GROUP = "scriptest.conditions"

BUILTIN_COMMANDS: dict[str, Command] = {**commands.BUILTINS, HELP.name: HELP}
"""The built-in commands by name."""


class Vocabulary:
    """The commands and conditions of a suite; its own take precedence over the built-in ones."""

    def __init__(
        self,
        own_commands: Mapping[str, Command] | None = None,
        own_conditions: Mapping[str, Condition] | None = None,
    ) -> None:
        """Start with the built-in names and those of a project.

        Installed packages are searched only when a script uses another name, since this takes
        longer than a small script runs.
        """
        self._commands: dict[str, Command | None] = {**BUILTIN_COMMANDS, **(own_commands or {})}
        self._conditions: dict[str, Condition | None] = {
            **conditions.BUILTINS,
            **(own_conditions or {}),
        }

    def command(self, name: str) -> Command:
        """Return the command with this name.

        Raises:
            UnknownCommand: the name is unknown.
            ScriptError: another package's command cannot be loaded.
        """
        if name not in self._commands:
            loaded = _load(COMMAND_GROUP, name)
            self._commands[name] = loaded if isinstance(loaded, Command) else None
        found = self._commands[name]
        if found is None:
            known = _names(self._commands)
            program = f"exec {name}" if _is_program(name) else ""
            raise UnknownCommand(f"unknown command `{name}`" + self._hint(name, known, program))
        return found

    def condition(self, text: str) -> tuple[Condition, str]:
        """Return the condition for a text such as `exec:git`, and its suffix.

        Raises:
            UnknownCondition: the name is unknown.
            ScriptError: a required suffix is missing, or the condition takes no suffix.
        """
        name, suffix = _split(text)
        found = self.known_condition(text)
        if found.suffix and not suffix:
            raise ScriptError(f"condition `{name}` needs a suffix: [{name}:{found.suffix}]")
        if suffix and not found.suffix:
            raise ScriptError(f"condition `{name}` takes no suffix: write [{name}]")
        return found, suffix

    def known_condition(self, text: str) -> Condition:
        """Return the condition for a text such as `exec:git`, without checking the suffix.

        Raises:
            UnknownCondition: the name is unknown.
            ScriptError: another package's condition cannot be loaded.
        """
        name, suffix = _split(text)
        if name not in self._conditions:
            loaded = _load(CONDITION_GROUP, name)
            self._conditions[name] = loaded if isinstance(loaded, Condition) else None
        found = self._conditions[name]
        if found is None:
            known = _names(self._conditions)
            variable = f"env:{text}" if suffix[:1] == "=" else ""
            hint = self._hint(name, () if variable else known, variable)
            raise UnknownCondition(f"unknown condition `{text}`{hint}")
        return found

    def all_commands(self) -> list[Command]:
        """Return all commands sorted by name, including those of other packages.

        Raises:
            ScriptError: a command of another package cannot be loaded.
        """
        for name in _offered(COMMAND_GROUP):
            self.command(name)
        return [
            command for _, command in sorted(dict(self._commands).items()) if command is not None
        ]

    def all_conditions(self) -> list[Condition]:
        """Return all conditions: built-in ones first, those of other packages last.

        Raises:
            ScriptError: a condition of another package cannot be loaded.
        """
        for name in _offered(CONDITION_GROUP):
            self.known_condition(name)
        return [condition for condition in dict(self._conditions).values() if condition is not None]

    @staticmethod
    def _hint(name: str, known: Iterable[str], *others: str) -> str:
        suggestions = [f"`{text}`" for text in (nearest(name, sorted(known)), *others) if text]
        return f"; did you mean {' or '.join(suggestions)}?" if suggestions else ""


def _names(table: Mapping[str, object]) -> list[str]:
    """Return the known names; other threads may add names at the same time."""
    return [key for key, value in dict(table).items() if value is not None]


def _is_program(name: str) -> bool:
    extensions = os.environ.get("PATHEXT", "") if os.name == "nt" else ""
    path = os.environ.get("PATH", "")
    return "/" not in name and find_program(name, path, os.sep, extensions) is not None


def _split(text: str) -> tuple[str, str]:
    """Split `exec:git`, `python>=3.12` and `go1.21` into a name and a suffix."""
    for index, char in enumerate(text):
        if char == ":":
            return text[:index], text[index + 1 :]
        if char in "<>=!.":
            return text[:index], text[index:]
    return text, ""


def _offered(group: str) -> list[str]:
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group=group)})


def _load(group: str, name: str) -> object:
    from importlib.metadata import entry_points

    point: EntryPoint
    for point in entry_points(group=group, name=name):
        try:
            return point.load()
        except Exception as error:
            package = point.dist.name if point.dist else "an installed package"
            raise ScriptError(f"`{name}` of {package} cannot be loaded: {error}") from error
    return None
