"""Locks between processes, given back by the system when a process ends, however it does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PAUSE = 0.02


@contextmanager
def held(path: str, first: int = 0, count: int = 1) -> Iterator[None]:
    """Hold a range of a lock file while a block runs; wait as long as another process has it.

    The file is made if need be, and stays. A process holds one range of a file at a time.

    Args:
        path: the lock file.
        first: where the range begins.
        count: how long it is.

    Raises:
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, first, count)
        yield
    finally:
        # That gives the lock back too.
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
