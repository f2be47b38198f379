"""Temporary folders of tests. The campaign names their root, so that it can remove them all.

A worker that is killed cannot clean up. Its temporary folders are therefore made below a folder
that only its coordinator removes; the environment variable `FUZZENGINE_TMP` says which.
"""

from __future__ import annotations

import os

from scriptest.base.folders import temporary_folder

ROOT_VARIABLE = "FUZZENGINE_TMP"
_CACHE = "fuzzengine-cache-"


def unique_path(prefix: str) -> str:
    """Return a path in the folder for temporary files that nothing else uses; makes nothing."""
    name = f"{prefix}{os.getpid()}-{os.urandom(6).hex()}"
    return os.path.join(temporary_folder(os.environ), name)


def cache_path() -> str:
    """Return where a run without a home may keep its cache; it is removed with the run."""
    return unique_path(_CACHE)


def ends_with_the_run(folder: str) -> bool:
    """Return whether a folder is in such a cache."""
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


def numbered(folder: str) -> str:
    """Make the next folder, `001`, `002` and so on, in a folder and return its path."""
    number = len(os.listdir(folder)) + 1
    path = os.path.join(folder, f"{number:03d}")
    os.mkdir(path, 0o700)
    return path


def remove(path: str) -> None:
    """Remove a folder with all it holds; nothing happens if there is none."""
    if os.path.isdir(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
