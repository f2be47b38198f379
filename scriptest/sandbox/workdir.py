"""The folders a script runs in: made fresh, kept inside their walls, removed whole."""

from __future__ import annotations

import os
import stat

PREFIX = "scriptest-"


class ConfinementError(Exception):
    """A name leads out of the work folder."""


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


def confine(folder: str, path: str, name: str, shown: str = "the work folder") -> str:
    """Return the normalized path if writing to it stays in the folder.

    Args:
        folder: the real path of the folder.
        path: an absolute path.
        name: the script's name for it, for the error.
        shown: the folder's name in the error.

    Raises:
        ConfinementError: path is outside, by itself or through a link.
    """
    path = os.path.normpath(path)
    if not inside(folder, path):
        raise ConfinementError(f"`{name}` is outside {shown}")
    real = os.path.realpath(path)
    if not inside(folder, real):
        raise ConfinementError(f"`{name}` leads out of {shown} through a link to {real}")
    return path


def open_to_write(
    work: str, path: str, name: str, *, mode: int = 0o666, append: bool = False
) -> int:
    """Open a file of the work folder for writing, made if need be, and return its descriptor.

    Args:
        work: the real path of the work folder.
        path: an absolute path.
        name: what the script called it, for the error.
        mode: the permissions of a new file, before the umask.
        append: whether its content stays.

    Raises:
        ConfinementError: path is outside, by itself or through a link.
        OSError: it cannot be opened.
    """
    # The path that is opened has no link left in it: one put there meanwhile is not followed.
    real = os.path.realpath(confine(work, path, name))
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    for extra in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, extra, 0)
    return os.open(real, flags, mode)


def remove_tree(path: str) -> None:
    """Remove a file or a folder with all it holds, read-only folders included.

    A path that does not exist is fine; links are removed, never followed.

    Raises:
        OSError: something cannot be removed.
    """
    if _remove_if_empty(path):
        return
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        _unlink(path)
        return
    if mode & 0o700 != 0o700:
        os.chmod(path, stat.S_IMODE(mode) | 0o700)
    with os.scandir(path) as entries:
        found = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for child, is_folder in found:
        if is_folder:
            remove_tree(child)
        else:
            _unlink(child)
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return


def _remove_if_empty(path: str) -> bool:
    """Remove an empty folder: most of those for temporary files are, and need not be read."""
    try:
        os.rmdir(path)
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return True


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except PermissionError:
        # Windows refuses to remove a read-only file.
        os.chmod(path, stat.S_IWRITE | stat.S_IREAD)
        os.unlink(path)
