"""How long a process has waited for a processor, which a busy machine takes from its time."""

from __future__ import annotations


def processor_wait(pid: int) -> int:
    """Return how long a process has waited for a processor, in nanoseconds (Linux; elsewhere 0)."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
