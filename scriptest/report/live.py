"""Orders the logs of scripts that run at the same time."""

from __future__ import annotations

from collections.abc import Callable


class LiveLogs:
    """Shows the log of one script as it grows; the logs of the others wait until it has ended."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Begin without scripts.

        Args:
            show: prints some lines.
        """
        self._show = show
        self._current = ""
        self._waiting: dict[str, list[str]] = {}
        self._ended: set[str] = set()

    def add(self, name: str, text: str) -> None:
        """Add lines to the log of a script; the first ones start it."""
        if not self._current:
            self._current = name
        if name == self._current:
            self._show(text)
        else:
            self._waiting.setdefault(name, []).append(text)

    def end(self, name: str, text: str) -> None:
        """Add the last lines to the log of a script."""
        self.add(name, text)
        self._ended.add(name)
        if name == self._current:
            self._next()

    def _next(self) -> None:
        """Show the logs of scripts that have ended, then that of the first one that runs."""
        self._ended.discard(self._current)
        self._current = ""
        for name in [name for name in self._waiting if name in self._ended]:
            self._ended.discard(name)
            self._show("\n".join(self._waiting.pop(name)))
        for name in self._waiting:
            self._current = name
            self._show("\n".join(self._waiting.pop(name)))
            break
