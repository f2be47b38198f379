"""Makes the folders a script runs in, and removes them with all they hold."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from scriptest.base import platform
from scriptest.sandbox import descriptors

RUN_PREFIX, KEPT_PREFIX = "scriptest-run-", "scriptest-kept-"
"""Beginnings of the names of folders for a run, which end in a hexadecimal number."""


def inside(folder: str, path: str) -> bool:
    """Report whether an absolute normal path is folder, or is below it."""
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
    if descriptors.SUPPORTED:
        _empty(path, dir_fd)
    else:
        _make_writable(path, found, dir_fd)
        for child in _remove_children(path):
            remove_tree(child)
    with suppress(FileNotFoundError):
        os.rmdir(path, dir_fd=dir_fd)


def _empty(path: str, dir_fd: int | None) -> None:
    """Remove everything in a folder; only one folder is open at a time, however deep it is."""
    current = _open_folder(path, dir_fd)
    try:
        above: list[tuple[os.stat_result, str]] = []
        left = [_remove_children(current)]
        while above or left[-1]:
            if left[-1]:
                name = left[-1].pop()
                try:
                    opened = _open_folder(name, current)
                except FileNotFoundError:
                    continue
                above.append((os.fstat(current), name))
                os.close(current)
                current = opened
                left.append(_remove_children(current))
                continue
            left.pop()
            parent, name = above.pop()
            opened = _open_folder("..", current)
            os.close(current)
            current = opened
            if not os.path.samestat(os.fstat(current), parent):
                raise OSError(errno.ENOENT, "it was moved meanwhile", name)
            with suppress(FileNotFoundError):
                os.rmdir(name, dir_fd=current)
    finally:
        os.close(current)


def _open_folder(path: str, dir_fd: int | None) -> int:
    found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    _make_writable(path, found, dir_fd)
    return descriptors.open_to_list(path, dir_fd=dir_fd)


def _make_writable(path: str, found: os.stat_result, dir_fd: int | None) -> None:
    if found.st_mode & 0o700 != 0o700:
        mode = stat.S_IMODE(found.st_mode) | 0o700
        descriptors.change_mode(path, found, mode, dir_fd=dir_fd)


def _remove_children(folder: int | str) -> list[str]:
    """Remove what is in a folder except subfolders that are not empty; return their paths."""
    dir_fd = folder if isinstance(folder, int) else None
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    left = []
    for path, is_folder in found:
        if not is_folder:
            _unlink(path, dir_fd)
            continue
        try:
            os.rmdir(path, dir_fd=dir_fd)
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path)
    return left


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
