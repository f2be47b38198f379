"""Opens regular files only, so that no pipe or device makes its reader or writer wait."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SMALL_CHUNK, _CHUNK = 1 << 13, 1 << 20

_NEVER_WAIT: int = sum(
    getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY")
)

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_file(
    path: str, flags: int = os.O_RDONLY, mode: int = 0o666, *, dir_fd: int | None = None
) -> int:
    """Open a regular file, or the null device, and return a descriptor.

    Args:
        path: the file.
        flags: those of `os.open`. O_TRUNC would already have emptied a file that is refused.
        mode: the permissions of a new file, before the umask.
        dir_fd: the descriptor of the folder that a relative path starts in.

    Raises:
        OSError: it cannot be opened, or is a FIFO, a device, a socket or a folder.
    """
    try:
        descriptor = os.open(path, flags | _NEVER_WAIT, mode, dir_fd=dir_fd)
    except OSError as error:
        # A socket, a FIFO without a reader and a device without a driver cannot be opened at all.
        if error.errno not in (errno.ENXIO, errno.EOPNOTSUPP, errno.ENODEV):
            raise
        refusal = _refusal(path, os.stat(path, dir_fd=dir_fd))
        raise refusal or error from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        refusal = _refusal(path, found)
        if refusal is not None:
            os.close(descriptor)
            raise refusal
    return descriptor


def _refusal(path: str, found: os.stat_result) -> OSError | None:
    """Return the error for a path that is not a regular file; None if it may be opened."""
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if kind not in _KINDS or _is_null_device(found):
        return None
    return OSError(errno.EINVAL, f"it is {_KINDS[kind]}, not a regular file", path)


def _is_null_device(found: os.stat_result) -> bool:
    try:
        return os.path.samestat(found, os.stat(os.devnull))
    except OSError:
        return False


def chunks(descriptor: int, before_each: Callable[[], None] | None = None) -> Iterator[bytes]:
    """Yield the rest of an open file, at most a MiB at a time.

    Args:
        descriptor: the file.
        before_each: is called before every read; may raise, to stop reading a large file.

    Raises:
        OSError: it cannot be read.
    """
    # os.read allocates the whole size in advance.
    size = min(max(os.fstat(descriptor).st_size, _SMALL_CHUNK), _CHUNK)
    while True:
        if before_each is not None:
            before_each()
        chunk = os.read(descriptor, size)
        if not chunk:
            return
        yield chunk


def read_file(path: str, before_each: Callable[[], None] | None = None, *, most: int = 0) -> bytes:
    """Return the content of a regular file; the null device is empty.

    Args:
        path: the file.
        before_each: is called before every MiB; may raise, to stop reading a large file.
        most: refuse to read a file with more bytes; 0 without a limit.

    Raises:
        OSError: it cannot be read, or is a FIFO, a device, a socket or a folder.
    """
    descriptor = open_file(path)
    try:
        if 0 < most < os.fstat(descriptor).st_size:
            raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", path)
        return b"".join(chunks(descriptor, before_each))
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | bytearray) -> None:
    """Write data to an open file, and close the file.

    Raises:
        OSError: it cannot be written.
    """
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)
