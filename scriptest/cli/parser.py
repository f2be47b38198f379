"""Reads the arguments of the command line; a mistake in them is one line."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scriptest.base import numbers
from scriptest.base.suggest import nearest
from scriptest.cli.exit_codes import USAGE
from scriptest.report.style import size

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """As argparse's, but a mistake is a line and no page."""

    def __init__(self, **settings: Any) -> None:
        """Take the settings of argparse's parser."""
        # Its own way imports shutil, and asks the terminal again for every argument.
        wanted = numbers.read(os.environ.get("COLUMNS", "")) or size(sys.stdout).columns
        formatter = partial(argparse.HelpFormatter, width=wanted - 2)
        super().__init__(formatter_class=formatter, **settings)

    def error(self, message: str) -> NoReturn:
        """End the process with exit status 2, saying what is wrong and where to look it up."""
        text = message.replace("ignored explicit argument", "cannot have the value")
        self.exit(USAGE, f"{self.prog}: {text}; see {self.prog} --help\n")

    def option_names(self) -> list[str]:
        """Return every option, short ones included."""
        return list(self._option_string_actions)

    def unknown(self, option: str) -> NoReturn:
        """End the process because of an option that there is not."""
        name = option.partition("=")[0]
        near = nearest(name, [known for known in self.option_names() if known.startswith("--")])
        hint = f"did you mean {near}?" if near else f"see {self.prog} --help"
        self.exit(USAGE, f"{self.prog}: there is no option {name}; {hint}\n")


class Subcommand:
    """A command of a program; what belongs to it is imported when it is wanted."""

    def __init__(self, name: str, about: str, description: str, action: str, declare: str) -> None:
        """Name the parts of a command.

        Args:
            name: its name.
            about: its line in the list of commands.
            description: what its help begins with.
            action: what does it, from its options; `module:function` of this package.
            declare: what declares its arguments to a parser, likewise.
        """
        self.name = name
        self.about = about
        self.description = description
        self._action = action
        self._declare = declare

    def declare(self, parser: Parser) -> None:
        """Declare the command's arguments to a parser, and what is to be done with them."""
        _load(self._declare)(parser)
        parser.set_defaults(action=_load(self._action), command_name=self.name)


def _load(reference: str) -> Callable[[Any], Any]:
    module, _, name = reference.partition(":")
    found: Callable[[Any], Any] = getattr(import_module(f"scriptest.cli.{module}"), name)
    return found


def read(parser: Parser, commands: Sequence[Subcommand], arguments: Sequence[str]) -> Namespace:
    """Return the values of arguments.

    A mistake ends the process with exit status 2.

    Args:
        parser: what reads the program's own options.
        commands: the program's commands.
        arguments: the command and what it is given.
    """
    name = arguments[0] if arguments else ""
    for command in commands:
        if command.name == name:
            # The parsers of the other commands would take longer than a short script.
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
        hint = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
        parser.exit(USAGE, f"{parser.prog}: there is no command {name}; {hint}\n")
    if name not in parser.option_names():
        parser.unknown(name)
    return parser.parse_args(arguments)


def _read_command(program: str, command: Subcommand, arguments: Sequence[str]) -> Namespace:
    parser = Parser(prog=f"{program} {command.name}", description=command.description)
    command.declare(parser)
    options, left = parser.parse_known_args(arguments)
    if left:
        option = next((word for word in left if word.startswith("-")), "")
        if option:
            parser.unknown(option)
        parser.error(f"one argument too many, {left[0]}")
    return options
