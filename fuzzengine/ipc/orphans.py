"""Ends processes that left their process group and still hold a pipe of a dead worker (Linux)."""

from __future__ import annotations

import os

from fuzzengine.ipc import signals


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
