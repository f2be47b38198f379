"""The current folder of the process: where a test finds its files, and how to get back there."""

from __future__ import annotations

import os


class Inside:
    """Makes a folder, if one is given, the current one for the time of a `with`.

    Afterwards the current folder is what it was before, if that still exists.
    """

    __slots__ = ("_before", "_folder")

    def __init__(self, folder: str = "") -> None:
        self._folder = folder

    def __enter__(self) -> None:
        try:
            self._before = os.getcwd()
        except OSError:
            # It was removed, as the folder of a test that has ended is.
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
        # Removed, or no longer to be entered: the test that did it goes on where it is.
        return
