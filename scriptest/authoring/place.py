"""Determines the path of a new script, and writes it."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from scriptest.base.errors import reason_of
from scriptest.base.files import write_file
from scriptest.base.visible import visible
from scriptest.suite.suite import SUFFIXES, Finder, SuiteError


class PlaceError(Exception):
    """A script cannot be written; the message says what to change."""


def script_path(name: str, folder: str, *, force: bool = False) -> str:
    """Return the path of a new script.

    Args:
        name: the path below the folder, with or without `.txt`. Its folders become part of the
            file's name, unless the settings select scripts in them.
        folder: the folder of the scripts.
        force: whether the script may exist.

    Raises:
        PlaceError: the name is not valid, or the script exists.
    """
    path = os.path.normpath(name)
    parts = path.split(os.sep)
    if os.path.isabs(name) or os.path.splitdrive(name)[0] or parts[0] in ("..", "."):
        raise PlaceError(f"{name}: the name must be a path below {folder}")
    if "\n" in name or visible(name) != name:
        raise PlaceError(f"{name}: the name must not contain control characters")
    if parts[-1].startswith("."):
        raise PlaceError(f"{name}: the name must not begin with a dot")
    if not path.endswith(SUFFIXES):
        path += SUFFIXES[0]
    if os.sep in path and not _is_searched(path, folder):
        # A run of the folder would not find the script below it.
        path = path.replace(os.sep, "_")
    path = os.path.join(folder, path)
    if os.path.lexists(path) and not force:
        raise PlaceError(f"{path}: already exists; choose another name")
    return path


def _is_searched(path: str, folder: str) -> bool:
    """Return whether the settings of a folder select a script in a folder below it."""
    try:
        patterns = Finder().suite(folder).config.scripts
    except SuiteError:
        return False
    name = path.replace(os.sep, "/")
    return any("/" in each and fnmatchcase(name, each.replace("**/", "*")) for each in patterns)


def write(path: str, data: bytes) -> None:
    """Write a script; create its folder if necessary.

    Raises:
        PlaceError: it cannot be written.
    """
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        write_file(path, data)
    except OSError as error:
        raise PlaceError(f"{path}: {reason_of(error)}") from None
