"""Writes files so that they appear whole or not at all.

A file is written under a temporary name first. If the process is killed meanwhile, that stays; a
later process removes it before its first write to the same folder, or by `sweep`.
"""

from __future__ import annotations

import os
import stat

from scriptest.base import claims
from scriptest.base.regular_files import open_file, read_file, write_all

_PREFIX, _SUFFIX = ".scriptest-", ".tmp"

_swept: set[str] = set()
"""The folders that this process has swept."""


class ChangedFileError(Exception):
    """A file is not replaced, because it has another content than expected."""


def write_file(
    path: str,
    data: bytes | bytearray,
    *,
    mode: int | None = None,
    sync: bool = True,
    expected: bytes | None = None,
) -> None:
    """Replace or create a file; a link to it stays a link. Its folder must exist.

    A device, such as /dev/null, is written to.

    Args:
        path: the file.
        data: the content.
        mode: the permission bits before the umask; by default those of an existing file.
        sync: wait until the data is on the disk.
        expected: replace the file only if this is its content.

    Raises:
        OSError: it cannot be written; nothing has changed.
        ChangedFileError: it has another content than expected, or is gone.
    """
    path = os.path.realpath(path)
    if _is_device(path):
        write_all(os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0)), data)
        return
    folder = os.path.dirname(path)
    if folder not in _swept:
        sweep(folder)
        _swept.add(folder)
    kept = _mode(path) if mode is None else None
    temporary, descriptor, locked = _create_temporary(folder, 0o666 if mode is None else mode)
    try:
        # Windows cannot replace a file by an open one; there is no lock to keep there either.
        with open(descriptor, "wb", closefd=not locked) as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(descriptor)
        if kept is not None:
            os.chmod(temporary, kept)
        if expected is not None and not holds(path, expected):
            raise ChangedFileError(path)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        if locked:
            os.close(descriptor)


def _is_device(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def _create_temporary(folder: str, mode: int) -> tuple[str, int, bool]:
    """Create a file; return its path, a descriptor, and whether a lock keeps it from a sweep."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = os.path.join(folder, temporary_name())
        descriptor = os.open(path, flags, mode)
        locked = claims.lock(descriptor, wait=True)
        if not locked or os.fstat(descriptor).st_nlink:
            return path, descriptor, locked
        # A sweep was faster than the lock.
        os.close(descriptor)


def sweep(folder: str) -> None:
    """Remove the unfinished files of this user's processes that were killed from a folder.

    Files that cannot be removed stay.
    """
    try:
        names = [name for name in os.listdir(folder) if is_temporary(name)]
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            descriptor = open_file(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            continue
        try:
            if claims.lock(descriptor, wait=False) and _is_ours(descriptor):
                os.unlink(path)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def remove_oldest(folder: str, most: int) -> None:
    """Remove the files and folders of a folder that were changed the longest ago.

    Args:
        folder: the folder.
        most: the number of files and folders that stay.

    Raises:
        OSError: one cannot be removed; another process may have done so.
    """
    names = os.listdir(folder)
    if len(names) <= most:
        return
    paths = [os.path.join(folder, name) for name in names]
    paths.sort(key=lambda path: (os.stat(path).st_mtime_ns, path))
    for path in paths[: len(paths) - most]:
        if os.path.isdir(path):
            from shutil import rmtree

            rmtree(path)
        else:
            os.remove(path)


def _is_ours(descriptor: int) -> bool:
    return os.fstat(descriptor).st_uid == os.geteuid()


def holds(path: str, data: bytes) -> bool:
    """Return whether a regular file exists, can be read and has exactly this content."""
    try:
        return read_file(path) == data
    except OSError:
        return False


def open_unnamed(folder: str) -> int:
    """Create a file that has no name, to read and to write, and return its descriptor.

    The file is gone once it is closed.

    Raises:
        OSError: it cannot be created.
    """
    path = os.path.join(folder, temporary_name())
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    for extra in ("O_BINARY", "O_TEMPORARY"):
        flags |= getattr(os, extra, 0)
    descriptor = os.open(path, flags, 0o600)
    if not hasattr(os, "O_TEMPORARY"):
        os.unlink(path)
    return descriptor


def temporary_name() -> str:
    """Return a new name for a file that is not finished, in the folder where it is to appear."""
    return f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"


def readable_name(text: str, identity: bytes, longest: int) -> str:
    """Return a file name that can be read and belongs to one thing only: `tests-3f2a9c1d`.

    Args:
        text: the readable part; its end is used, and unusual characters become `_`.
        identity: the thing, whose CRC-32 makes the digits.
        longest: the most characters of the readable part.
    """
    from zlib import crc32

    plain = "".join(char if char.isalnum() or char in "-_." else "_" for char in text)
    return f"{plain[-longest:].lstrip('.')}-{crc32(identity):08x}"


def is_temporary(name: str) -> bool:
    """Return whether a file name is that of a file that is not finished."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None
