"""A running child process: its end, its exit status, and signals to it or to its group."""

from __future__ import annotations

import errno
import os
from _thread import RLock

from fuzzengine.ipc import signals
from fuzzengine.ipc.exit_status import ExitStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Thread

_UNKNOWN = 255 << 8


def start_thread(target: Callable[..., object], *arguments: object) -> Thread:
    """Start a daemon thread.

    Raises:
        OSError: the system cannot start more threads.
    """
    # Imported here, while the child starts.
    from threading import Thread

    thread = Thread(target=target, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
    return thread


class Process:
    """A running child and its process group. `wait` is for one thread; signals for any."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._lock = RLock()
        self._reaped = False

    def wait(self, on_stop: Callable[[str], object] | None = None) -> ExitStatus:
        """Wait for the end of the child, kill what is left of its group, and reap it.

        If code of the user has reaped the child, its exit status is unknown: 255.

        Args:
            on_stop: called with the name of a signal such as `SIGSTOP` that stops the child, the
                first time; the child does not go on by itself.
        """
        try:
            if on_stop is not None and hasattr(os, "waitid"):
                self._await_stop(on_stop)
            return ExitStatus(self._wait())
        except ChildProcessError:
            with self._lock:
                self._reaped = True
            return ExitStatus(_UNKNOWN)

    def _await_stop(self, on_stop: Callable[[str], object]) -> None:
        """Wait until the child is stopped or ends."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        if found is not None and found.si_code == os.CLD_STOPPED:
            on_stop(signals.name_of(found.si_status))

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
