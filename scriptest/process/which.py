"""Finds programs as the system would, for a script's own PATH and folder."""

from __future__ import annotations

import os


def find_program(name: str, search: str, cwd: str, extensions: str = "") -> str | None:
    """Return the absolute path of the program that name means, or None.

    Args:
        name: a bare name looked for on search, or a path, relative to cwd unless absolute.
        search: a PATH; its relative entries count from cwd, empty ones are skipped.
        cwd: an absolute folder.
        extensions: Windows' PATHEXT; empty elsewhere.
    """
    suffixes = ["", *extensions.lower().split(os.pathsep)] if extensions else [""]
    if os.sep in name or (os.altsep and os.altsep in name):
        folders = [cwd]
    else:
        folders = [os.path.join(cwd, entry) for entry in search.split(os.pathsep) if entry]
    for folder in folders:
        for suffix in suffixes:
            path = os.path.join(folder, name + suffix)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
    return None


def not_found(name: str, cwd: str) -> str:
    """Return, in one line, why there is no program of that name and what helps."""
    path = os.path.join(cwd, name)
    if not os.path.isfile(path):
        return f"{name}: not found in the script's PATH"
    if os.path.basename(name) == name:
        return f"{name}: not found in the script's PATH; the file here is ./{name}"
    return f"{name}: the file is not executable; `chmod 755 {name}` before this line"
