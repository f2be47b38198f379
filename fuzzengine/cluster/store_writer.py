"""Writes to the store in a thread of its own, which keeps what cannot be written yet."""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread

from fuzzengine.cluster.store import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzzengine.cluster.store import Place

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two attempts."""


class StoreWriter:
    """The only writer of a store."""

    def __init__(self, place: Place, say: Callable[[str], object]) -> None:
        """Start the thread.

        Args:
            place: where the store is.
            say: called from the thread with a line about what has changed.
        """
        self._place = place
        self._say = say
        self._pending: deque[tuple[str, bytes]] = deque()
        self._changed = Condition()
        self._failing = False
        self._over = False
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, path: str, data: bytes) -> None:
        """Write a file soon."""
        with self._changed:
            self._pending.append((path, data))
            self._changed.notify_all()

    def finish(self, patience: float) -> list[tuple[str, bytes]]:
        """Write the rest; return what could not be written.

        Args:
            patience: the seconds that one attempt may take.
        """
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(patience)
        with self._changed:
            return list(self._pending)

    def _run(self) -> None:
        pause = _SHORTEST_PAUSE
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._over)
                if not self._pending:
                    return
                path, data = self._pending[0]
                last_attempt = self._over
            try:
                self._place.write(path, data)
            except StoreError as error:
                self._note_failure(str(error))
                if last_attempt:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._over, pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _SHORTEST_PAUSE
            with self._changed:
                self._pending.popleft()
                empty = not self._pending
            if empty and self._failing:
                self._failing = False
                self._say(f"fuzz: cluster: the store {self._place.name} is back; all is written\n")

    def _note_failure(self, reason: str) -> None:
        if not self._failing:
            self._failing = True
            self._say(
                f"fuzz: cluster: cannot write to the store {self._place.name}: {reason}; "
                "results are kept until it is back\n"
            )
