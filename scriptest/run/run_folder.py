"""The temporary folder of a run, in which every script gets a sandbox."""

from __future__ import annotations

import os
import threading
import time

from scriptest.base import claims, platform, process_tags
from scriptest.base.errors import HostError, exhaustion, reason_of
from scriptest.base.folders import temporary_folder
from scriptest.base.process_tags import Orphans
from scriptest.process.cleanup_watchdog import CleanupWatchdog, end_processes
from scriptest.sandbox import workdir
from scriptest.suite.suite import SuiteError

_PATIENCE = 10.0
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
        _remove(self.work)


def _remove(path: str) -> None:
    """Remove a folder; leave what cannot be removed."""
    for _ in range(_TRIES):
        try:
            workdir.remove_tree(path)
            break
        except OSError:
            # A process that was just killed may still be writing its last file.
            time.sleep(_PAUSE)


def _remove_abandoned(path: str) -> None:
    """Remove the folder of a run that was killed together with its watchdog."""
    try:
        run = int(os.path.basename(path).removeprefix(workdir.RUN_PREFIX), 16)
    except ValueError:
        # Not a folder of a run.
        return
    end_processes(path, run, _PATIENCE)
    workdir.remove_tree(path)


class RunFolder:
    """A temporary folder, removed at the end of the run even if that is killed.

    Attributes:
        keep: Whether the folder stays.
        path: Its real path; empty before it is created.
        run: The number in the tags of the run's processes; see `process_tags`.
    """

    def __init__(self, *, keep: bool) -> None:
        """Prepare; nothing is created yet."""
        self.keep = keep
        self.path = ""
        self.run = 0
        self._watchdog: CleanupWatchdog | None = None
        self._claim = -1
        self._orphans: Orphans | None = None
        self._names: set[str] = set()
        self._tags = 0
        self._lock = threading.Lock()

    def create(self) -> None:
        """Create the folder, unless it exists already.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written.
            HostError: no process can be started.
        """
        with self._lock:
            if self.path:
                return
            parent = os.path.realpath(temporary_folder(os.environ))
            claims.sweep(parent, workdir.RUN_PREFIX, _remove_abandoned)
            self.run = process_tags.new_run()
            self._orphans = Orphans()
            number = self.run or int.from_bytes(os.urandom(4), "big")
            prefix = workdir.KEPT_PREFIX if self.keep else workdir.RUN_PREFIX
            path = os.path.join(parent, f"{prefix}{number:x}")
            try:
                # Before the folder: a run may be killed at any moment.
                watched = "" if self.keep else path
                self._watchdog = CleanupWatchdog(watched, self.run, workdir.remove_tree)
            except OSError as error:
                reason = exhaustion(error) or reason_of(error)
                raise HostError(f"no process can be started: {reason}") from None
            try:
                self._claim = claims.create(path)
            except OSError as error:
                self._watchdog.dismiss()
                raise SuiteError(
                    f"no folder can be made in {parent} ({reason_of(error)}); "
                    "set TMPDIR to one that can be written"
                ) from None
            self.path = path

    def new_tag(self) -> int:
        """Return a tag for the processes of one try of a script."""
        with self._lock:
            self._tags += 1
            return process_tags.tag_of_run(self.run, self._tags)

    def end_processes(self, tag: int, work: str) -> None:
        """End all processes that one try of a script has left behind.

        Args:
            tag: the tag of its processes.
            work: its work folder.
        """
        if tag and self._orphans is not None:
            self._orphans.end(tag)
        else:
            platform.kill_processes(platform.with_variable("WORK", work))

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
            _remove(self.path)
        # An interrupt at any moment is followed by another call.
        claim, self._claim = self._claim, -1
        if claim >= 0:
            os.close(claim)
        if self._watchdog is not None:
            self._watchdog.dismiss()
        self.path = ""
