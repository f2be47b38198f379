"""Selects the scripts that are affected by changed files, and ignores generated files."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from scriptest.base.regular_files import read_file
from scriptest.sandbox import workdir

if TYPE_CHECKING:
    from scriptest.suite.suite import Selected

_FOLDER = re.compile(
    rf"""
      \. (?: cache | eggs | git | hg | hypothesis | idea | nox | svn | tox | venv | vscode )
    | \. .* _cache | .* \.egg-info | __pycache__ | node_modules
    | build | dist | htmlcov | venv
    | (?: {workdir.RUN_PREFIX} | {workdir.KEPT_PREFIX} ) [0-9a-f]+
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


def may_be_source(path: str, roots: Iterable[str]) -> bool:
    """Report whether a file may be written by hand, judged by its path.

    Args:
        path: the absolute path of the file.
        roots: the absolute paths of the watched folders; names above them are ignored.
    """
    for root in roots:
        if workdir.inside(root, path):
            *folders, name = os.path.relpath(path, root).split(os.sep)
            return not _FILE.fullmatch(name) and not any(
                _FOLDER.fullmatch(folder) for folder in folders
            )
    return True


def ignored_by_git(paths: Sequence[str], folder: str) -> set[str]:
    """Return the paths that Git ignores; an empty set without Git."""
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


def affected_scripts(changed: Collection[str], scripts: Sequence[Selected]) -> set[str] | None:
    """Return the real paths of the scripts that a change affects; None for all of them.

    A changed script affects itself and the scripts that include it. Any other file in a folder of
    scripts, such as settings or an included archive, affects the scripts in and below that folder
    and those that use these settings. All other files are taken for the code under test, which
    affects all scripts.

    Args:
        changed: the real paths of the changed files.
        scripts: all scripts.
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
    """Return the scripts in and below the nearest parent folder that contains scripts."""
    while folder not in folders:
        parent = os.path.dirname(folder)
        if parent == folder:
            return set()
        folder = parent
    return {file for file in files if workdir.inside(folder, file)}


def _including(name: str, files: dict[str, Selected]) -> set[str]:
    """Return the scripts that seem to include a file with this name."""
    line = re.compile(rb"^[^#\n]*\binclude\b.*" + re.escape(os.fsencode(name)), re.MULTILINE)
    found = set()
    for file in files:
        try:
            if line.search(read_file(file)):
                found.add(file)
        except OSError:
            continue
    return found
