"""Keeps the fork servers of a run for entry points that commands of other packages start."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scriptest.process.fork_server import ForkServer


class Preloaded:
    """The fork servers of a run by entry point; each starts on first use."""

    def __init__(self) -> None:
        self._servers: dict[str, ForkServer] = {}
        self._lock = threading.Lock()

    def server(self, reference: str) -> ForkServer:
        """Return the fork server of an entry point, `module:function`."""
        from scriptest.process.fork_server import ForkServer

        with self._lock:
            if reference not in self._servers:
                self._servers[reference] = ForkServer(reference, ())
            return self._servers[reference]

    def close(self) -> None:
        """End the servers; their children have ended."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
