"""Reads the arguments of the command line; a mistake in them is one line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from scriptest.exitcodes import USAGE
from scriptest.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """As argparse's, but a mistake is a line and no page."""

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
