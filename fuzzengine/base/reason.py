"""Why the system refused something, as a message goes on after a colon."""

from __future__ import annotations


def reason_of(error: OSError) -> str:
    """Return the reason in the words of Go's syscall package: `no such file or directory`."""
    return (error.strerror or str(error)).lower()
