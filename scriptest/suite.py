"""Finds the scripts that a run is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

SUFFIXES = (".txt", ".txtar")


class SuiteError(Exception):
    """The selection or the configuration is wrong; the message says what to change."""


class Selected(NamedTuple):
    """A script to run."""

    name: str
    """What reports call it: its path as the user would type it."""
    path: str


def find(paths: Sequence[str]) -> list[Selected]:
    """Return the scripts that paths name, each once, in order.

    A folder stands for the `*.txt` and `*.txtar` files directly in it, sorted by name.

    Raises:
        SuiteError: a path does not exist.
    """
    found: dict[str, Selected] = {}
    for path in paths:
        if os.path.isdir(path):
            names = sorted(name for name in os.listdir(path) if name.endswith(SUFFIXES))
            files = [os.path.join(path, name) for name in names]
        elif os.path.exists(path):
            files = [path]
        else:
            raise SuiteError(f"{path}: there is no such script or folder")
        for file in files:
            if os.path.isfile(file):
                found.setdefault(os.path.realpath(file), Selected(os.path.normpath(file), file))
    return list(found.values())
