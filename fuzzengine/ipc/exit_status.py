"""How a process ended, in Go's words: `exit status 3`, `signal: killed`."""

from __future__ import annotations

import os

from fuzzengine.ipc.signals import name_of

# The names Go's syscall package gives to signals.
_SIGNALS = {
    "SIGHUP": "hangup",
    "SIGINT": "interrupt",
    "SIGQUIT": "quit",
    "SIGILL": "illegal instruction",
    "SIGTRAP": "trace/breakpoint trap",
    "SIGABRT": "aborted",
    "SIGBUS": "bus error",
    "SIGFPE": "floating point exception",
    "SIGKILL": "killed",
    "SIGUSR1": "user defined signal 1",
    "SIGSEGV": "segmentation fault",
    "SIGUSR2": "user defined signal 2",
    "SIGPIPE": "broken pipe",
    "SIGALRM": "alarm clock",
    "SIGTERM": "terminated",
    "SIGXCPU": "CPU time limit exceeded",
    "SIGXFSZ": "file size limit exceeded",
}
_CRASHES = frozenset(
    ("SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGPIPE"),
)


class Ending:
    """How a process ended.

    Attributes:
        status: its exit status, or -1 if a signal ended it.
        signal: the name of that signal, such as `SIGKILL`, or "".
    """

    __slots__ = ("_core", "signal", "status")

    def __init__(self, wait_status: int) -> None:
        self.status = -1
        self.signal = ""
        self._core = False
        if os.name == "nt":
            self.status = wait_status
        elif os.WIFSIGNALED(wait_status):
            self.signal = name_of(os.WTERMSIG(wait_status))
            self._core = os.WCOREDUMP(wait_status)
        else:
            self.status = os.WEXITSTATUS(wait_status)

    def __str__(self) -> str:
        if not self.signal:
            return f"exit status {self.status}"
        name = _SIGNALS.get(self.signal, self.signal)
        return f"signal: {name}" + (" (core dumped)" if self._core else "")

    @property
    def is_crash(self) -> bool:
        """Whether an input can be the reason: no signal, or one that errors of code give."""
        return not self.signal or self.signal in _CRASHES
