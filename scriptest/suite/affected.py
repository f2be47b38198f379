"""Finds the scripts that a change of files affects."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from scriptest.sandbox import workdir

if TYPE_CHECKING:
    from scriptest.suite.suite import Selected

_FOLDER = re.compile(
    rf"""
      \. (?: cache | eggs | git | hg | hypothesis | idea | nox | svn | tox | venv | vscode )
    | \. .* _cache | .* \.egg-info | __pycache__ | node_modules
    | build | dist | htmlcov | venv
    | {workdir.PREFIX} [0-9a-f]{{10}}
    """,
    re.VERBOSE,
)
_FILE = re.compile(
    r"""
      .* \.py[co] | .* ~ | .* \.tmp
    | \. .* \.sw. | \.? \# .* | 4913
    | \.DS_Store | \.nfs .* | \.coverage .*
    """,
    re.VERBOSE,
)


def of_interest(path: str, roots: Iterable[str]) -> bool:
    """Report whether a file may have been written by hand.

    Args:
        path: its absolute path.
        roots: the absolute folders that are watched; what is above them does not count.
    """
    for root in roots:
        if workdir.inside(root, path):
            *folders, name = os.path.relpath(path, root).split(os.sep)
            return not _FILE.fullmatch(name) and not any(
                _FOLDER.fullmatch(folder) for folder in folders
            )
    return True


def ignored_by_git(paths: Sequence[str], folder: str) -> set[str]:
    """Return the paths that Git ignores; empty without Git."""
    import subprocess

    try:
        done = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin"],
            input="".join(path + "\0" for path in paths).encode("utf-8", "surrogateescape"),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return set()
    if done.returncode:
        return set()
    return set(done.stdout.decode("utf-8", "surrogateescape").split("\0")) - {""}


def concerned(changed: Collection[str], scripts: Sequence[Selected]) -> set[str] | None:
    """Return the scripts that a change concerns, by their real paths; None for all of them.

    A script concerns itself and those that include it. Anything else in a folder of scripts, such
    as settings or an archive to include, concerns the scripts that are in or below that folder or
    have these settings. Everything else is what the scripts test, and concerns all.

    Args:
        changed: real paths.
        scripts: all that there are.
    """
    files = {os.path.realpath(script.path): script for script in scripts}
    folders = {os.path.dirname(file) for file in files}
    found: set[str] = set()
    for path in changed:
        if path in files:
            found |= {path, *_including(os.path.basename(path), files)}
            continue
        near = _of_settings(path, files) or _of_folder(os.path.dirname(path), folders, files)
        if not near:
            return None
        found |= near
    return found


def _of_settings(path: str, files: dict[str, Selected]) -> set[str]:
    return {
        file
        for file, script in files.items()
        if script.suite is not None
        and script.suite.config.file
        and os.path.realpath(script.suite.config.file) == path
    }


def _of_folder(folder: str, folders: set[str], files: dict[str, Selected]) -> set[str]:
    """Return the scripts of the nearest folder above a file that has some, and below that."""
    while folder not in folders:
        parent = os.path.dirname(folder)
        if parent == folder:
            return set()
        folder = parent
    return {file for file in files if workdir.inside(folder, file)}


def _including(name: str, files: dict[str, Selected]) -> set[str]:
    """Return the scripts that seem to include a file of a name."""
    line = re.compile(rb"^[^#\n]*\binclude\b.*" + re.escape(os.fsencode(name)), re.MULTILINE)
    found = set()
    for file in files:
        try:
            with open(file, "rb") as opened:
                if line.search(opened.read()):
                    found.add(file)
        except OSError:
            continue
    return found
