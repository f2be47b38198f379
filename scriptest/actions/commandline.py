"""Reads the arguments of the command line; a mistake in them is one line."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from scriptest import wholenumber
from scriptest.exitcodes import USAGE
from scriptest.report.look import size
from scriptest.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn


class _Formatter(argparse.HelpFormatter):
    """As argparse's, which imports shutil for every argument to know how wide the terminal is."""

    def __init__(self, prog: str) -> None:
        wanted = wholenumber.read(os.environ.get("COLUMNS", ""))
        super().__init__(prog, width=(wanted or size(sys.stdout).columns) - 2)


class Parser(argparse.ArgumentParser):
    """As argparse's, but a mistake is a line and no page."""

    def __init__(self, **settings: Any) -> None:
        """Take what argparse's takes."""
        super().__init__(formatter_class=_Formatter, **settings)

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


class Commands:
    """The commands of a program, each with a parser of its own."""

    def __init__(self, parser: Parser, arguments: Sequence[str]) -> None:
        """Add commands to a program's parser.

        Args:
            parser: the program's.
            arguments: the command that is wanted and what it is given.
        """
        self._actions = parser.add_subparsers(metavar="command", required=True)
        self._wanted = arguments[:1]

    @property
    def choices(self) -> Mapping[str, Parser]:
        """The parsers by the commands' names."""
        return self._actions.choices

    def add(
        self,
        name: str,
        about: str,
        description: str,
        action: Callable[[argparse.Namespace], int],
        add_arguments: Callable[[Parser], None],
    ) -> None:
        """Declare a command: its line in the list, its help, what it does, what it is given."""
        parser = self._actions.add_parser(name, help=about, description=description)
        parser.set_defaults(action=action)
        # Declaring an argument takes time, and nobody asks for those of the other commands.
        if name in self._wanted:
            add_arguments(parser)


def read(
    parser: Parser, commands: Mapping[str, Parser], arguments: Sequence[str]
) -> argparse.Namespace:
    """Return the values of arguments.

    A mistake ends the process with exit status 2.

    Args:
        parser: what reads them all.
        commands: what reads those of each command.
        arguments: the command and what it is given.
    """
    if not arguments:
        sys.stderr.write(parser.format_help())
        parser.exit(USAGE)
    name = arguments[0]
    if name.startswith("-") and name not in parser.option_names():
        parser.unknown(name)
    if name not in commands and not name.startswith("-"):
        near = nearest(name, commands)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(commands)}"
        parser.exit(USAGE, f"{parser.prog}: there is no command {name}; {hint}\n")
    options, left = parser.parse_known_args(arguments)
    if left:
        speaker = commands[name]
        option = next((word for word in left if word.startswith("-")), "")
        if option:
            speaker.unknown(option)
        speaker.error(f"one argument too many, {left[0]}")
    return options
