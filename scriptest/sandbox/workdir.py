"""Makes the folders a script runs in, and removes them with all they hold."""

from __future__ import annotations

import os
import stat

from scriptest.base import platform
from scriptest.sandbox import descriptors

PREFIX = "scriptest-"


def make_root(parent: str) -> str:
    """Make a new private folder below parent and return its real path.

    Raises:
        OSError: no folder can be made there.
    """
    parent = os.path.realpath(parent)
    while True:
        path = os.path.join(parent, PREFIX + os.urandom(5).hex())
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        return path


def inside(folder: str, path: str) -> bool:
    """Report whether an absolute normal path is folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def remove_tree(path: str, *, dir_fd: int | None = None) -> None:
    """Remove a file or a folder with all it holds, read-only folders included.

    A path that does not exist is fine; links are removed, never followed, not even those that a
    program puts in the place of a folder meanwhile.

    Args:
        path: the file or folder.
        dir_fd: the descriptor of the folder that a relative path starts in.

    Raises:
        OSError: something cannot be removed.
    """
    # Most folders for temporary files are empty, and need not be read.
    try:
        os.rmdir(path, dir_fd=dir_fd)
        return
    except FileNotFoundError:
        return
    except OSError:
        pass
    try:
        found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        _unlink(path, dir_fd)
        return
    if found.st_mode & 0o700 != 0o700:
        mode = stat.S_IMODE(found.st_mode) | 0o700
        descriptors.change_mode(path, found, mode, dir_fd=dir_fd)
    _empty(path, dir_fd)
    try:
        os.rmdir(path, dir_fd=dir_fd)
    except FileNotFoundError:
        return


def _empty(path: str, dir_fd: int | None) -> None:
    folder = descriptors.open_to_list(path, dir_fd=dir_fd)
    try:
        with os.scandir(path if folder is None else folder) as entries:
            found = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for child, is_folder in found:
            if is_folder:
                remove_tree(child, dir_fd=folder)
            else:
                _unlink(child, folder)
    finally:
        if folder is not None:
            os.close(folder)


def _unlink(path: str, dir_fd: int | None) -> None:
    try:
        os.unlink(path, dir_fd=dir_fd)
    except FileNotFoundError:
        return
    except PermissionError:
        if not platform.WINDOWS:
            raise
        # Windows refuses to remove a read-only file.
        os.chmod(path, stat.S_IWRITE | stat.S_IREAD)
        os.unlink(path)
