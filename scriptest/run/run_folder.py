"""The temporary folder of a run, in which every script gets a sandbox."""

from __future__ import annotations

import os
import threading
import time

from scriptest.base.errors import reason_of
from scriptest.base.folders import temporary_folder
from scriptest.process.cleanup_watchdog import CleanupWatchdog
from scriptest.sandbox import workdir
from scriptest.suite.suite import SuiteError

_TRIES = 10
_PAUSE = 0.01


class Sandbox:
    """The folders of one try of a script.

    Attributes:
        work: The work folder.
    """

    __slots__ = ("work",)

    def __init__(self, root: str, name: str) -> None:
        self.work = os.path.join(root, name)

    def create(self) -> None:
        """Create the work folder, and in it the one for temporary files.

        Raises:
            OSError: a folder cannot be created.
        """
        os.mkdir(self.work)
        os.mkdir(os.path.join(self.work, ".tmp"))

    def remove(self) -> None:
        """Remove them; leave what cannot be removed."""
        for _ in range(_TRIES):
            try:
                workdir.remove_tree(self.work)
                break
            except OSError:
                # A process that was just killed may still be writing its last file.
                time.sleep(_PAUSE)


class RunFolder:
    """A temporary folder, removed at the end of the run even if that is killed.

    Attributes:
        keep: Whether the folder stays.
        path: Its real path; empty before it is created.
    """

    def __init__(self, *, keep: bool) -> None:
        """Prepare; nothing is created yet."""
        self.keep = keep
        self.path = ""
        self._watchdog: CleanupWatchdog | None = None
        self._names: set[str] = set()
        self._lock = threading.Lock()

    def create(self) -> None:
        """Create the folder, unless it exists already.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written.
        """
        with self._lock:
            if self.path:
                return
            parent = temporary_folder(os.environ)
            try:
                self.path = workdir.make_root(parent)
            except OSError as error:
                raise SuiteError(
                    f"no folder can be made in {parent} ({reason_of(error)}); "
                    "set TMPDIR to one that can be written"
                ) from None
            if not self.keep:
                self._watchdog = CleanupWatchdog(self.path)

    def sandbox(self, stem: str) -> Sandbox:
        """Create the folders of one try of a script.

        Args:
            stem: the beginning of the work folder's name.

        Raises:
            OSError: a folder cannot be created.
        """
        with self._lock:
            name, count = stem, 1
            while name in self._names:
                count += 1
                name = f"{stem}-{count}"
            self._names.add(name)
        sandbox = Sandbox(self.path, name)
        sandbox.create()
        return sandbox

    def remove(self) -> None:
        """Remove the folder, unless it is kept."""
        if self.path and not self.keep:
            workdir.remove_tree(self.path)
        if self._watchdog is not None:
            self._watchdog.dismiss()
        self.path = ""
