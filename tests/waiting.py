"""Waits for conditions: as short as can be, with a limit that only a test that hangs reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

PATIENCE = 300
"""Seconds after which what did not come is not going to come, however busy the machine is."""

LIMITS = (1, 10, 100)
"""Seconds to try in turn where a limit must end something, but not before it has got somewhere."""

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], waits_for: str = "a condition") -> Found:
    """Return what a condition returns as soon as that is true; fail if it never is."""
    until = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < until, f"waited in vain for {waits_for}"
        time.sleep(0.005)
    return found


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int) -> None:
    """Wait until a process has ended."""
    wait_until(lambda: is_gone(pid), f"the end of process {pid}")


def wait_for_line(path: Path) -> str:
    """Return the text of a file once it has one, with a line end after it."""

    def text() -> str:
        found = path.read_text() if path.exists() else ""
        return found if found.endswith("\n") else ""

    return wait_until(text, f"a line in {path}")


def wait_until_empty(folder: Path) -> None:
    """Wait until nothing is left in a folder."""
    wait_until(lambda: not list(folder.iterdir()), f"the end of what is in {folder}")
