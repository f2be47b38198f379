"""Keeps the fork servers of a run."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scriptest.process.fork_server import ForkServer


class Preloaded:
    """The fork servers of a run by entry point and folders; each starts on first use."""

    def __init__(self) -> None:
        self._servers: dict[tuple[str, tuple[str, ...]], ForkServer] = {}
        self._lock = threading.Lock()

    def server(self, reference: str, folders: tuple[str, ...] = ()) -> ForkServer:
        """Return the fork server of an entry point.

        Args:
            reference: `module:function`.
            folders: where modules are looked for before those that are installed.
        """
        from scriptest.process.fork_server import ForkServer

        key = reference, folders
        with self._lock:
            if key not in self._servers:
                self._servers[key] = ForkServer(reference, folders)
            return self._servers[key]

    def close(self) -> None:
        """End the servers; their children have ended."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
