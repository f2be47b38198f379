"""Claims temporary folders for the lifetime of a process, and removes those of processes that died.

The claim is a lock on the folder itself, which the system releases when the process ends.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import fcntl
except ImportError:
    # On Windows nothing is claimed, and so nothing is swept.
    fcntl = None  # type: ignore[assignment]

_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def create(path: str) -> int:
    """Create a private folder, and claim it for this process.

    Args:
        path: a path that no other program uses.

    Returns:
        A descriptor: the claim ends when it is closed; -1 where the system has no such locks.

    Raises:
        OSError: the folder cannot be created.
    """
    while True:
        os.mkdir(path, 0o700)
        if fcntl is None:
            return -1
        try:
            descriptor = os.open(path, _FLAGS)
        except FileNotFoundError:
            # A sweep was faster than the claim.
            continue
        if lock(descriptor, wait=True) and not _is_at(descriptor, path):
            os.close(descriptor)
            continue
        return descriptor


def sweep(parent: str, prefix: str, remove: Callable[[str], None]) -> None:
    """Remove the folders of this user whose processes have ended without removing them.

    Args:
        parent: where the folders are.
        prefix: the beginning of their names, which nothing else has.
        remove: removes a folder; may raise OSError.
    """
    if fcntl is None:
        return
    try:
        names = [name for name in os.listdir(parent) if name.startswith(prefix)]
    except OSError:
        return
    for name in names:
        path = os.path.join(parent, name)
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError:
            continue
        try:
            ours = os.fstat(descriptor).st_uid == os.geteuid()
            if ours and lock(descriptor, wait=False) and _is_at(descriptor, path):
                remove(path)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file or folder until it is closed.

    Args:
        descriptor: the file or folder.
        wait: wait while it is locked.

    Returns:
        False if it is locked, or the system cannot lock it.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _is_at(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
