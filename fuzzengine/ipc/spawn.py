"""Starts child processes with chosen descriptors.

On POSIX a child leads a process group of its own, finds the given descriptors at the given numbers
and is killed, group and all, when its parent dies on Linux. On Windows (written, not tested) it
gets the descriptors as inherited handles, named by an environment variable as in Go.
"""

from __future__ import annotations

import os
import sys

from fuzzengine.ipc import signals
from fuzzengine.ipc.process import Process

if sys.platform != "win32":
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_RESET_SIGNALS = ("SIGPIPE", "SIGXFSZ", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGCHLD")


def spawn(
    argv: Sequence[str],
    environment: Mapping[str, str],
    descriptors: Mapping[int, int],
    *,
    block_interrupts: bool = False,
) -> Process:
    """Start a program in the current folder as the leader of a process group.

    Args:
        argv: the program's path and its arguments.
        environment: all of its environment.
        descriptors: what the child's descriptors 0, 1, 2, ... are in this process.
        block_interrupts: SIGINT waits until the program unblocks it.

    Raises:
        OSError: it cannot be started.
    """
    if not hasattr(os, "posix_spawn"):
        from fuzzengine.ipc.spawn_windows import spawn_with_handles

        return spawn_with_handles(argv, environment, descriptors)
    first_free = max(descriptors, default=0) + 1
    copies: list[int] = []
    actions: list[tuple[int, int, int]] = []
    try:
        for number, source in descriptors.items():
            # A source must not be a target of an earlier action, hence the copies above all.
            copy = fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, first_free)
            copies.append(copy)
            actions.append((os.POSIX_SPAWN_DUP2, copy, number))
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            environment,
            file_actions=actions,
            setpgroup=0,
            setsigmask=[signals.number("SIGINT") or 0] if block_interrupts else [],
            setsigdef=[n for name in _RESET_SIGNALS if (n := signals.number(name))],
        )
    finally:
        for copy in copies:
            os.close(copy)
    return Process(pid)
