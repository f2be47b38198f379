"""How a process ended: its exit code, or the signal that ended it."""

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
    "SIGVTALRM": "virtual timer expired",
    "SIGPROF": "profiling timer expired",
    "SIGSYS": "bad system call",
    "SIGXCPU": "CPU time limit exceeded",
    "SIGXFSZ": "file size limit exceeded",
}
_CRASHES = frozenset(
    ("SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGPIPE", "SIGSYS"),
)
_TIMERS = frozenset(("SIGALRM", "SIGVTALRM", "SIGPROF"))
_LIMITS = frozenset(("SIGXCPU", "SIGXFSZ"))
"""Signals that a process gets because of what it has asked for; not in Go's list of crashes."""


class ExitStatus:
    """How a process ended; as text, in Go's words (Go: os.ProcessState).

    Attributes:
        code: its exit code, or -1 if a signal ended it.
        signal: the name of that signal, such as `SIGKILL`, or "".
    """

    __slots__ = ("_core", "code", "signal")

    def __init__(self, wait_status: int) -> None:
        self.code = -1
        self.signal = ""
        self._core = False
        if os.name == "nt":
            self.code = wait_status
        elif os.WIFSIGNALED(wait_status):
            self.signal = name_of(os.WTERMSIG(wait_status))
            self._core = os.WCOREDUMP(wait_status)
        else:
            self.code = os.WEXITSTATUS(wait_status)

    def __str__(self) -> str:
        return self.kind + (" (core dumped)" if self._core else "")

    @property
    def kind(self) -> str:
        """The same text whether or not a core file was written."""
        if not self.signal:
            return f"exit status {self.code}"
        return f"signal: {_SIGNALS.get(self.signal, self.signal)}"

    @property
    def ok(self) -> bool:
        """Whether the process exited with code 0."""
        return self.code == 0

    @property
    def is_crash(self) -> bool:
        """Whether an input can be the reason: no signal, or one that errors of code give."""
        return not self.signal or self.signal in _CRASHES | _TIMERS | _LIMITS

    @property
    def is_timer(self) -> bool:
        """Whether a timer of the process ended it, which an earlier input may have started."""
        return self.signal in _TIMERS
