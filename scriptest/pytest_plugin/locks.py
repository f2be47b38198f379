"""Keeps scripts that exclude each other apart in different workers of pytest-xdist."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING
from zlib import crc32

from scriptest.pytest_plugin.file_lock import held
from scriptest.run.scheduler import groups

if TYPE_CHECKING:
    from scriptest.suite.suite import Selected

_MOST_WORKERS = 4096


class Locks:
    """The locks of one run, in a folder that all workers share."""

    def __init__(self, folder: str, worker: int) -> None:
        """Prepare to lock.

        Args:
            folder: the folder of the lock files.
            worker: the number of this worker.
        """
        self._folder = folder
        self._worker = worker % _MOST_WORKERS

    def file(self, path: str) -> AbstractContextManager[None]:
        """Return a context in which no other worker rewrites a script file."""
        return held(self._path("file", os.path.realpath(path)))

    @contextmanager
    def running(self, selected: Selected) -> Iterator[None]:
        """Wait until a script may run according to its header and settings."""
        slots = (0, _MOST_WORKERS) if selected.header.exclusive else (self._worker, 1)
        with ExitStack() as stack:
            # While a worker waits for all slots, no other can take one, so that it is not starved.
            with held(self._path("turn", "")):
                stack.enter_context(held(self._path("slots", ""), *slots))
            for group in sorted(groups(selected)):
                stack.enter_context(held(self._path("group", group)))
            yield

    def _path(self, kind: str, name: str) -> str:
        return os.path.join(self._folder, f"scriptest-{kind}-{crc32(os.fsencode(name)):08x}.lock")
