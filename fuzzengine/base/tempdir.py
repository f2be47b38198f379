"""Temporary folders of tests, below a root that the campaign names and removes.

A worker that is killed cannot clean up, so its coordinator does. The environment variable
`FUZZENGINE_TMP` names the root.
"""

from __future__ import annotations

import os

from scriptest.base.folders import temporary_folder

ROOT_VARIABLE = "FUZZENGINE_TMP"
_CACHE = "fuzzengine-cache-"


def unique_path(prefix: str) -> str:
    """Return an unused path in the folder for temporary files, without creating it."""
    name = f"{prefix}{os.getpid()}-{os.urandom(6).hex()}"
    return os.path.join(temporary_folder(os.environ), name)


def cache_path() -> str:
    """Return a path for the cache of a run without a home; it is removed with the run."""
    return unique_path(_CACHE)


def is_in_temporary_cache(folder: str) -> bool:
    """Return whether a folder is in a cache that is removed with the run."""
    return any(part.startswith(_CACHE) for part in folder.split(os.sep))


def make(test_name: str) -> str:
    """Make a new folder for a test's temporary folders and return its path."""
    root = os.environ.get(ROOT_VARIABLE)
    if root:
        os.makedirs(root, mode=0o700, exist_ok=True)
    safe = "".join(c if c.isascii() and c.isalnum() else "_" for c in test_name)[:64]
    name = f"{safe}-{os.getpid()}-{os.urandom(6).hex()}"
    path = os.path.join(root or temporary_folder(os.environ), name)
    os.mkdir(path, 0o700)
    return path


def make_numbered(folder: str) -> str:
    """Make the next of the folders `001`, `002`, ... in a folder and return its path."""
    number = len(os.listdir(folder)) + 1
    path = os.path.join(folder, f"{number:03d}")
    os.mkdir(path, 0o700)
    return path


def remove(path: str) -> None:
    """Remove a folder and its content, if it exists."""
    if os.path.isdir(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
