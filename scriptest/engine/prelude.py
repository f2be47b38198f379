"""Reads the lines and files that run before each script of a folder: `setup` in the settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.base.errors import ScriptSyntaxError, reason_of
from scriptest.base.regular_files import read_file
from scriptest.config.yaml_nodes import SettingsError
from scriptest.language import parser, txtar

if TYPE_CHECKING:
    from scriptest.config.config import Config, SetupScript

_SUFFIXES = (".txt", ".txtar")


class Prelude:
    """Lines and files before those of each script.

    Attributes:
        script: The lines, with their places in the settings or in the file that these name.
        archive: The files.
        path: The real path of that file; empty if the settings contain the text.
    """

    __slots__ = ("archive", "path", "script")

    def __init__(self, script: parser.Script, archive: txtar.Archive, path: str) -> None:
        self.script = script
        self.archive = archive
        self.path = path


def load(setup: SetupScript, config: Config) -> Prelude:
    """Parse the setup script of a suite.

    Raises:
        SettingsError: the file cannot be read, or a line has a syntax error.
    """
    if setup.path:
        return _load_file(setup, config)
    text = setup.text
    if text.strip().endswith(_SUFFIXES) and len(text.split()) == 1:
        fix = f"setup: {{script: {text.strip()}}}"
        raise _error(setup, config, f"setup contains script lines; for a file, write `{fix}`")
    # Empty lines give every line the number that it has in the settings.
    data = b"\n" * (setup.first_line - 1) + text.encode("utf-8", "surrogateescape")
    archive = txtar.parse(data)
    script, problems = parser.parse_all(archive.comment, config.file)
    _shift(script, problems, setup.indent)
    if problems:
        raise SettingsError(str(problems[0]))
    return Prelude(script, archive, "")


def _load_file(setup: SetupScript, config: Config) -> Prelude:
    path = os.path.join(config.folder, setup.path)
    shown = os.path.normpath(os.path.join(os.path.dirname(config.file), setup.path))
    try:
        archive = txtar.parse(read_file(path))
        script = parser.parse(archive.comment, shown)
    except OSError as error:
        raise _error(setup, config, f"setup: {shown}: {reason_of(error)}") from None
    except ScriptSyntaxError as error:
        raise SettingsError(str(error)) from None
    return Prelude(script, archive, os.path.realpath(path))


def _error(setup: SetupScript, config: Config, message: str) -> SettingsError:
    return SettingsError(f"{config.file}:{setup.line}: {message}")


def _shift(script: parser.Script, problems: list[ScriptSyntaxError], columns: int) -> None:
    """Move the places in a script to the right, by its indentation in the settings."""
    for problem in problems:
        if problem.location is not None:
            problem.location.column += columns
    for line in script.lines():
        line.text = " " * columns + line.text
        for word in line.words:
            word.column += columns
        for guard in line.guards:
            for condition in guard.expr.conditions():
                condition.column += columns
