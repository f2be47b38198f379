"""Opens folders, and changes permissions, without ever following a link."""

from __future__ import annotations

import errno
import os

SUPPORTED = os.open in os.supports_dir_fd
"""Whether the system opens files relative to the descriptor of a folder. Windows does not."""

NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
"""The flag with which `os.open` refuses a link."""

_FOLDER: int = getattr(os, "O_DIRECTORY", 0) | NO_LINK
_PATH: int | None = getattr(os, "O_PATH", None)


def open_folder(path: str, *, dir_fd: int | None = None) -> int:
    """Return a descriptor for what a folder holds; the folder need not be readable.

    Raises:
        OSError: it is a link, or anything else that is not a folder, or cannot be opened.
    """
    return os.open(path, _FOLDER | (_PATH or os.O_RDONLY), dir_fd=dir_fd)


def open_to_list(path: str, *, dir_fd: int | None = None) -> int:
    """Return a descriptor to list a folder with.

    Raises:
        OSError: it is a link, or anything else that is not a folder, or cannot be read.
    """
    return os.open(path, _FOLDER | os.O_RDONLY, dir_fd=dir_fd)


def change_mode(path: str, found: os.stat_result, mode: int, *, dir_fd: int | None = None) -> None:
    """Change the permissions of a file or folder, but not of what has replaced it since.

    Args:
        path: the file or folder.
        found: its status, as it should still be; not that of a link.
        mode: the permissions.
        dir_fd: the descriptor of the folder that a relative path starts in.

    Raises:
        OSError: it was replaced, or the system refuses.
    """
    if not SUPPORTED:
        os.chmod(path, mode)
        return
    if _PATH is None:
        # A file that cannot be read cannot be opened either, where only Linux has O_PATH.
        os.chmod(path, mode, dir_fd=dir_fd, follow_symlinks=False)
        return
    descriptor = os.open(path, _PATH | NO_LINK, dir_fd=dir_fd)
    try:
        if not os.path.samestat(found, os.fstat(descriptor)):
            raise OSError(errno.ELOOP, "it was replaced meanwhile", path)
        # fchmod refuses such a descriptor.
        os.chmod(f"/proc/self/fd/{descriptor}", mode)
    finally:
        os.close(descriptor)
