"""Changes the current folder of the process and restores it."""

from __future__ import annotations

import os


class WorkingDirectory:
    """Changes the current folder, if one is given, until the end of a `with`."""

    __slots__ = ("_before", "_folder")

    def __init__(self, folder: str = "") -> None:
        self._folder = folder

    def __enter__(self) -> None:
        try:
            self._before = os.getcwd()
        except OSError:
            # The folder no longer exists, like that of a test that has ended.
            self._before = self._folder
        _change(self._folder)

    def __exit__(self, *problem: object) -> None:
        _change(self._before)


def _change(folder: str) -> None:
    if not folder:
        return
    try:
        os.chdir(folder)
    except OSError:
        # A test removed the folder or the right to enter it, and goes on where it is.
        return
