"""Ends a process, and all it started, when its parent is gone, however that ended."""

from __future__ import annotations

import os
import sys

from fuzzengine.ipc import signals

PARENT_PIPE_VARIABLE = "FUZZENGINE_PARENT_PIPE"
"""The descriptor of a pipe whose other end only the parent holds, and never writes to."""


def watch_parent() -> None:
    """Have this process and its group killed as soon as its parent is gone, where there is a way.

    The parent holds the other end of the pipe that PARENT_PIPE_VARIABLE names. On Linux the kernel
    sends the signal itself, so that also code that never lets another thread run cannot outlive
    the parent. Elsewhere a thread waits for the end of the pipe.
    """
    text = os.environ.pop(PARENT_PIPE_VARIABLE, "")
    if not text.isdigit() or (hasattr(os, "getpgrp") and os.getpgrp() != os.getpid()):
        return
    descriptor = int(text)
    try:
        os.set_inheritable(descriptor, False)
        _kill_on_hangup(descriptor)
    except OSError:
        return


def end_group_with_pipe(descriptor: int, group: int) -> None:
    """Have the group of a child killed when this process is gone, from now on (Linux).

    The child may call `watch_parent` much later: a busy machine takes seconds to start it.

    Args:
        descriptor: the end of the pipe that the child has; this process need not keep it.
        group: the number of the group.
    """
    if sys.platform != "linux":
        return
    try:
        _ask_for_kill(descriptor, -group)
    except OSError:
        # It has ended already.
        return


def end_with_pipe(descriptor: int) -> None:
    """Have this process, not its group, killed when the other end of a pipe is closed (Linux)."""
    if sys.platform == "linux":
        _ask_for_kill(descriptor, os.getpid())


def _kill_on_hangup(descriptor: int) -> None:
    if sys.platform != "linux":
        from threading import Thread

        Thread(target=_await_hangup, args=(descriptor,), daemon=True).start()
        return
    _ask_for_kill(descriptor, -os.getpgrp())
    try:
        # At once, if it was hung up before the signal was asked for.
        if not os.read(descriptor, 1):
            _kill_own_group()
    except BlockingIOError:
        return


def _ask_for_kill(descriptor: int, owner: int) -> None:
    """Have the kernel kill a process, or a group (negative), when a pipe is hung up."""
    import fcntl

    set_signal = 10  # F_SETSIG, which the module does not name in every version
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, owner)
    fcntl.fcntl(descriptor, set_signal, signals.number("SIGKILL") or 0)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)


def _await_hangup(descriptor: int) -> None:
    os.read(descriptor, 1)
    _kill_own_group()


def _kill_own_group() -> None:
    number = signals.number("SIGKILL")
    if number is not None and hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), number)
    os._exit(1)
