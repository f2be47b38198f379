"""The inputs of a campaign that are worth keeping."""

from __future__ import annotations

from fuzzengine.corpus.entry import content_digest
from fuzzengine.schedule.energy import Energy, RoundRobin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from fuzzengine.corpus.entry import Entry
else:
    from _collections import deque


class InputQueue:
    """All inputs worth keeping, each content once (Go: corpus).

    Attributes:
        entries: the inputs, oldest first.
        schedule: decides which input is mutated next.
        unstudied: the inputs that the solver has not studied yet, the next one first.
        fruitless: results since the last new input.
    """

    def __init__(self, *, in_turn: bool = False) -> None:
        """Create an empty queue; with `in_turn` all inputs get equal turns, as in Go."""
        self.entries: list[Entry] = []
        self.schedule: Energy | RoundRobin = RoundRobin() if in_turn else Energy()
        self.unstudied: deque[Entry] = deque()
        self.fruitless = 0
        self._seen: set[bytes] = set()

    def add(self, entry: Entry) -> bool:
        """Add an entry; return False if its content was added before."""
        data = entry.load()
        digest = content_digest(data)
        if digest in self._seen:
            return False
        self._seen.add(digest)
        self._append(entry, len(data))
        return True

    def add_unrun(self, entry: Entry) -> None:
        """Add an entry that was never executed: an input found with the same content is new."""
        self._append(entry, len(entry.load()))

    def keep(self, entries: Sequence[Entry]) -> None:
        """Drop all other entries; the solver studies these again."""
        self.entries = list(entries)
        self.unstudied = deque(entries)
        self.schedule.keep(entries)

    def _append(self, entry: Entry, size: int) -> None:
        self.entries.append(entry)
        self.schedule.add(entry, size)
