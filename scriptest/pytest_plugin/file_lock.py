"""Locks between processes, which the system releases when a process ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PAUSE = 0.02


@contextmanager
def held(path: str, first: int = 0, count: int = 1) -> Iterator[None]:
    """Hold a lock on a range of a file; wait while another process holds it.

    The file is created if necessary, and kept. A process holds one range of a file at a time.

    Args:
        path: the lock file.
        first: the first byte of the range.
        count: the number of bytes.

    Raises:
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, first, count)
        yield
    finally:
        # Closing also releases the lock.
        os.close(descriptor)


if sys.platform == "win32":

    def _lock(descriptor: int, first: int, count: int) -> None:
        import msvcrt

        while True:
            os.lseek(descriptor, first, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)
                return
            except OSError:
                time.sleep(_PAUSE)

else:

    def _lock(descriptor: int, first: int, count: int) -> None:
        import fcntl

        fcntl.lockf(descriptor, fcntl.LOCK_EX, count, first, os.SEEK_SET)
