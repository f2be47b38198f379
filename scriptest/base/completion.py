"""Generates scripts that complete command lines in shells."""

from __future__ import annotations

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
    return shtab.complete(parser, shell)
