"""Ends processes that left the group and the session of the worker that started them (Linux).

The coordinator and the command line are child subreapers: an orphan among their descendants gets
them as its parent, whatever it did. Other systems have no such thing, so that there a process that
starts a session of its own and closes its descriptors is not found.
"""

from __future__ import annotations

import os
import sys

from fuzzengine.ipc import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_PATIENCE = 2.0


class Orphans:
    """Processes whose parent has ended, below this process, once `adopt` was called."""

    def __init__(self) -> None:
        self._keep: list[int] = []
        self._active = False

    def adopt(self) -> None:
        """Become the parent of orphans from now on.

        Children that this process has already are not its concern.
        """
        if sys.platform == "linux":
            from scriptest.base import platform

            self._keep = platform.children(os.getpid())
            self._active = platform.become_subreaper()

    def end(self, workers: Collection[int] = ()) -> None:
        """Kill and reap all orphans, and all other children that are new.

        Args:
            workers: the process ids of children that stay.
        """
        if self._active:
            from scriptest.base.platform import end_descendants

            keep = [*self._keep, *workers]
            end_descendants(os.getpid(), keep=keep, patience=_PATIENCE)

    def reap(self, workers: Collection[int]) -> None:
        """Reap the orphans that have ended by themselves."""
        if not self._active:
            return
        from scriptest.base.platform import children

        for pid in children(os.getpid()):
            if pid in self._keep or pid in workers:
                continue
            try:
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                continue


def end_holders(descriptor: int) -> None:
    """Kill every other process of this user that has the pipe behind a descriptor open."""
    try:
        wanted = os.readlink(f"/proc/self/fd/{descriptor}")
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return
    kill = signals.number("SIGKILL")
    for pid in processes:
        if kill is not None and pid != os.getpid() and _holds(pid, wanted):
            try:
                os.kill(pid, kill)
            except OSError:
                continue


def _holds(pid: int, wanted: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(_link(f"{folder}/{name}") == wanted for name in names)


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
