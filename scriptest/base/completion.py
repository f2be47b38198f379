"""Generates scripts that complete command lines in shells."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

SHELLS = ("bash", "zsh", "fish")
"""The shells for which there is completion."""

_FILES = ("PATH", "FILE")
_FOLDERS = ("DIR",)


def completion_script(parser: ArgumentParser, shell: str) -> str:
    """Return the script that completes the command line of a program.

    Args:
        parser: the program's arguments. Values named PATH or FILE are completed as files, those
            named DIR as folders.
        shell: one of `SHELLS`.
    """
    import shtab

    parsers = [parser]
    while parsers:
        for action in parsers.pop()._actions:
            if isinstance(action.choices, dict):
                parsers += action.choices.values()
            elif action.metavar in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif action.metavar in _FOLDERS:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    script = shtab.complete(parser, shell)
    return _with_long_flags(script) if shell == "fish" else script


def _with_long_flags(script: str) -> str:
    """Declare flags such as -fuzztime as words: shtab declares each as letters to combine."""
    return re.sub(
        r"^(complete -c \S+ -n (?:'[^']*'|\S+)) -s (?=\S\S)", r"\1 -o ", script, flags=re.M
    )
