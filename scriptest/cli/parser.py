"""Parses the command line, with errors of one line."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scriptest.base import numbers
from scriptest.base.streams import size
from scriptest.base.suggest import nearest
from scriptest.base.visible import visible
from scriptest.cli.exit_codes import USAGE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def __init__(self, **settings: Any) -> None:
        """Accept the keyword arguments of argparse.ArgumentParser."""
        # argparse itself would import shutil, and query the terminal for every argument.
        wanted = numbers.read(os.environ.get("COLUMNS", "")) or size(sys.stdout).columns
        formatter = partial(argparse.HelpFormatter, width=wanted - 2)
        super().__init__(formatter_class=formatter, **settings)

    def error(self, message: str) -> NoReturn:
        """Print the error and a pointer to the help; exit with status 2."""
        text = message.replace("ignored explicit argument", "cannot have the value")
        text = text.replace("invalid int value:", "not a whole number:")
        self.exit(USAGE, f"{self.prog}: {text}; see {self.prog} --help\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Print a message to standard error, and exit."""
        super().exit(status, message and visible(message))

    def option_names(self) -> list[str]:
        """Return all options, including short ones."""
        return list(self._option_string_actions)

    def unknown_option(self, option: str) -> NoReturn:
        """Print an error about an unknown option; exit with status 2."""
        name = option.partition("=")[0]
        known = [option[2:] for option in self.option_names() if option.startswith("--")]
        near = nearest(name.lstrip("-"), known)
        hint = f"did you mean --{near}?" if near else f"see {self.prog} --help"
        self.exit(USAGE, f"{self.prog}: unknown option {name}; {hint}\n")


class Subcommand:
    """A command of the program; its module is imported only when the command runs."""

    def __init__(self, name: str, about: str, description: str, action: str, declare: str) -> None:
        """Store the description of a command.

        Args:
            name: its name.
            about: its line in the list of commands.
            description: the first line of its help.
            action: the function that runs it, as `module:function` of this package.
            declare: the function that declares its arguments to a parser, likewise.
        """
        self.name = name
        self.about = about
        self.description = description
        self._action = action
        self._declare = declare

    def declare(self, parser: Parser) -> None:
        """Declare the command's arguments and its action to a parser."""
        _load(self._declare)(parser)
        parser.set_defaults(action=_load(self._action), command_name=self.name)


def _load(reference: str) -> Callable[[Any], Any]:
    module, _, name = reference.partition(":")
    found: Callable[[Any], Any] = getattr(import_module(f"scriptest.cli.{module}"), name)
    return found


def read(parser: Parser, commands: Sequence[Subcommand], arguments: Sequence[str]) -> Namespace:
    """Parse the command line; exit with status 2 if it is wrong.

    Args:
        parser: the parser of the program's own options.
        commands: the program's commands.
        arguments: the command and its arguments.
    """
    name = arguments[0] if arguments else ""
    for command in commands:
        if command.name == name:
            # Building the parsers of all commands would take longer than a short script runs.
            return _read_command(parser.prog, command, arguments[1:])
    actions = parser.add_subparsers(metavar="command", required=True)
    for command in commands:
        actions.add_parser(command.name, help=command.about)
    if not arguments:
        sys.stderr.write(parser.format_help())
        parser.exit(USAGE)
    if not name.startswith("-"):
        names = [command.name for command in commands]
        near = nearest(name, names)
        hint = f"did you mean {near}?" if near else f"the commands are {', '.join(names)}"
        parser.exit(USAGE, f"{parser.prog}: unknown command {name}; {hint}\n")
    if name not in parser.option_names():
        parser.unknown_option(name)
    return parser.parse_args(arguments)


def _read_command(program: str, command: Subcommand, arguments: Sequence[str]) -> Namespace:
    parser = Parser(prog=f"{program} {command.name}", description=command.description)
    command.declare(parser)
    options, left = parser.parse_known_args(arguments)
    option = next((word for word in left if word.startswith("-")), "")
    if option:
        parser.unknown_option(option)
    if left:
        # Options may stand between paths.
        options, left = parser.parse_known_intermixed_args(arguments)
    if left:
        parser.error(f"unexpected argument {left[0]}")
    return options
