"""Locates scripts and settings near a folder, for hints in messages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.base.regular_files import read_file
from scriptest.config.config import SETTINGS_FILE
from scriptest.engine.vocabulary import BUILTIN_COMMANDS
from scriptest.language import parser, txtar
from scriptest.suite.suite import FOLDER, SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LEVELS = 5
_MAX_FOLDERS = 2000
_MAX_FILES = 20
_MAX_BYTES = 100_000
_PROJECT_FILES = (".git", "pyproject.toml", "setup.py", "go.mod")


def settings_above(folder: str) -> str:
    """Return the nearest settings file above a folder in the same project, or an empty string."""
    for level in range(_MAX_LEVELS):
        current = os.path.normpath(os.path.join(folder, *[os.pardir] * level))
        if any(os.path.exists(os.path.join(current, name)) for name in _PROJECT_FILES):
            return ""
        path = os.path.normpath(os.path.join(current, os.pardir, SETTINGS_FILE))
        if os.path.isfile(path):
            return path
    return ""


def script_folder_near(folder: str) -> str:
    """Return the nearest folder with scripts in, above or below a folder, or an empty string.

    The path is relative to the given folder.
    """
    if _has_scripts(folder):
        return os.curdir
    for level in range(1, _MAX_LEVELS):
        above = os.path.join(*[os.pardir] * level, *FOLDER.split("/"))
        if _has_scripts(os.path.join(folder, above)):
            return above
    for below in _folders_below(folder):
        if _has_scripts(os.path.join(folder, below)):
            return below
    return ""


def _folders_below(root: str) -> Iterator[str]:
    """Yield the relative paths of the folders below another one, breadth first."""
    level = [""]
    seen = 0
    for _ in range(_MAX_LEVELS):
        following = []
        for parent in level:
            for name in _subfolders(os.path.join(root, parent)):
                path = os.path.join(parent, name)
                seen += 1
                if seen > _MAX_FOLDERS:
                    return
                yield path
                following.append(path)
        level = following


def _subfolders(folder: str) -> list[str]:
    """Return the names of the folders in a folder that may contain sources, sorted."""
    from scriptest.suite.affected import may_be_source

    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if may_be_source(os.path.join("/", name, "x"), ["/"]))


def _has_scripts(folder: str) -> bool:
    """Report whether a folder has settings and a possible script, or a file with known commands."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIXES))
    except OSError:
        return False
    if names and os.path.isfile(os.path.join(folder, SETTINGS_FILE)):
        return True
    return any(_is_script(os.path.join(folder, name)) for name in names[:_MAX_FILES])


def _is_script(path: str) -> bool:
    """Report whether the first line of a script with a command calls a built-in one."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _MAX_BYTES:
            return False
        comment = txtar.parse(read_file(path)).comment
    except OSError:
        return False
    script, problems = parser.parse_all(comment, path)
    line = next(script.lines(), None)
    return not problems and line is not None and line.words[0].raw in BUILTIN_COMMANDS
