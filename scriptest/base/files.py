"""Writes files so that they appear whole or not at all."""

from __future__ import annotations

import os
import stat

from scriptest.base.regular_files import read_file

_PREFIX, _SUFFIX = ".scriptest-", ".tmp"


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
    temporary = os.path.join(os.path.dirname(path), temporary_name())
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    kept = _mode(path) if mode is None else None
    descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
    try:
        with open(descriptor, "wb") as file:
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


def is_temporary(name: str) -> bool:
    """Return whether a file name is that of a file that is not finished."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None
