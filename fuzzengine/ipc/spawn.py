"""Starts, signals and reaps child processes with chosen descriptors; all that is platform-specific.

On POSIX a child leads a process group of its own, finds the given descriptors at the given numbers
and is killed, group and all, when its parent dies on Linux. On Windows (written, not tested) it
gets the descriptors as inherited handles, named by an environment variable as in Go.
"""

from __future__ import annotations

import os
from _thread import RLock

from fuzzengine.ipc import signals
from fuzzengine.ipc.exit_status import ExitStatus

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_FIRST_FREE = 32
_UNKNOWN = 255 << 8
_RESET_SIGNALS = ("SIGPIPE", "SIGXFSZ", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGCHLD")


class Process:
    """A running child and its process group. `wait` is for one thread; signals for any."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._lock = RLock()
        self._reaped = False

    def wait(self) -> ExitStatus:
        """Wait for the end of the child, kill what is left of its group, and reap it.

        If code of the user has reaped the child, its exit status is unknown: 255.
        """
        try:
            return ExitStatus(self._wait())
        except ChildProcessError:
            with self._lock:
                self._reaped = True
            return ExitStatus(_UNKNOWN)

    def _wait(self) -> int:
        if hasattr(os, "waitid"):
            # The pid stays taken until it is reaped, so the group cannot be another one's yet.
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                self._signal_group("SIGKILL")
                self._reaped = True
            _, status = os.waitpid(self.pid, 0)
        else:
            _, status = os.waitpid(self.pid, 0)
            with self._lock:
                self._reaped = True
                self._signal_group("SIGKILL")
        return status

    def signal(self, name: str, *, group: bool = False) -> None:
        """Send a signal such as `SIGINT` to the child or its group, unless it is gone already."""
        with self._lock:
            if self._reaped:
                return
            if group:
                self._signal_group(name)
                return
            number = signals.number(name) or signals.number("SIGTERM") or 15
            try:
                os.kill(self.pid, number)
            except OSError:
                return

    def _signal_group(self, name: str) -> None:
        number = signals.number(name)
        if number is None or not hasattr(os, "killpg"):
            return
        try:
            os.killpg(self.pid, number)
        except OSError:
            return


def spawn(
    argv: Sequence[str], environment: Mapping[str, str], descriptors: Mapping[int, int]
) -> Process:
    """Start a program in the current folder as the leader of a process group.

    Args:
        argv: the program's path and its arguments.
        environment: all of its environment.
        descriptors: what the child's descriptors 0, 1, 2, ... are in this process.

    Raises:
        OSError: it cannot be started.
    """
    if not hasattr(os, "posix_spawn"):
        from fuzzengine.ipc.spawn_windows import spawn_with_handles

        return spawn_with_handles(argv, environment, descriptors)
    import fcntl

    copies: list[int] = []
    actions: list[tuple[int, int, int]] = []
    try:
        for number, source in descriptors.items():
            # A source must not be a target of an earlier action, hence the copies far above.
            copy = fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
            copies.append(copy)
            actions.append((os.POSIX_SPAWN_DUP2, copy, number))
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            environment,
            file_actions=actions,
            setpgroup=0,
            setsigmask=[],
            setsigdef=[n for name in _RESET_SIGNALS if (n := signals.number(name))],
        )
    finally:
        for copy in copies:
            os.close(copy)
    return Process(pid)
