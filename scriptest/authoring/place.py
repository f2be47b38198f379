"""Chooses the path of a new script, and writes it there."""

from __future__ import annotations

import os

from scriptest.base.errors import reason_of
from scriptest.base.files import write_file
from scriptest.suite.suite import SUFFIXES


class PlaceError(Exception):
    """A script cannot be written; the message says what to change."""


def script_path(name: str, folder: str, *, force: bool = False) -> str:
    """Return the path of a new script.

    Args:
        name: as the user says it, below the folder; `.txt` is added unless it is there.
        folder: where the scripts are.
        force: whether a script of that name may be there.

    Raises:
        PlaceError: the name leads out of the folder, or the script is there already.
    """
    path = os.path.normpath(name)
    parts = path.split(os.sep)
    if os.path.isabs(name) or os.path.splitdrive(name)[0] or parts[0] in ("..", "."):
        raise PlaceError(f"{name}: write a name of a script below {folder}")
    if any(char < " " for char in name):
        raise PlaceError(f"{name!r}: write a name without control characters")
    if parts[-1].startswith("."):
        raise PlaceError(f"{name}: write a name that does not begin with a dot")
    if not path.endswith(SUFFIXES):
        path += SUFFIXES[0]
    path = os.path.join(folder, path)
    if os.path.lexists(path) and not force:
        raise PlaceError(f"{path}: is there already; choose another name")
    return path


def write(path: str, data: bytes) -> None:
    """Write a script, and make its folder if need be.

    Raises:
        PlaceError: the system refuses.
    """
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        write_file(path, data)
    except OSError as error:
        raise PlaceError(f"{path}: {reason_of(error)}") from None
