"""The limits of a worker in time and memory, and the watch over a running execution."""

from __future__ import annotations

import os
import time

from scriptest.base.duration import MILLISECOND, SECOND

TIME, MEMORY = "timeout", "memory"
"""Which limit was exceeded; also the kind of the failure that is."""

NEVER = 1 << 62
"""A deadline that does not come."""


class Limits:
    """What a worker may take, in nanoseconds and bytes; 0 means no limit.

    Attributes:
        start: time until the first answer.
        execution: time of one execution.
        memory: resident memory of the process.
    """

    def __init__(self, start: int, execution: int, memory: int = 0) -> None:
        self.start = start
        self.execution = execution
        self.memory = memory


class ExecutionWatch:
    """Tells when an execution exceeds the limits. Times are those of time.monotonic_ns."""

    __slots__ = ("_count", "_limits", "_since")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._count = self._since = 0

    def begin(self) -> int:
        """Begin to watch the executions of a call; return when to look at them first."""
        self._count, self._since = 0, time.monotonic_ns()
        return self.next_look(self._since)

    def next_look(self, now: int) -> int:
        """Return when to look again."""
        limits = self._limits
        if not limits.execution and not limits.memory:
            return NEVER
        pause = min(limits.execution // 10 or SECOND, SECOND)
        return now + (min(pause, 50 * MILLISECOND) if limits.memory else pause)

    def exceeded(self, now: int, count: int, pid: int) -> str:
        """Return the limit that the worker exceeds, or "".

        Args:
            now: the time.
            count: how many executions the call has begun.
            pid: the worker.
        """
        limits = self._limits
        if limits.memory and _resident(pid) > limits.memory:
            return MEMORY
        if count != self._count:
            self._count, self._since = count, now
        elif 0 < limits.execution <= now - self._since:
            return TIME
        return ""


def _resident(pid: int) -> int:
    """Return the bytes of memory a process really uses, 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
