"""The inputs of a campaign that are worth keeping, and whose turn it is."""

from __future__ import annotations

from collections import deque

from fuzzengine.corpus.entry import content_digest
from fuzzengine.schedule.energy import Energy, Turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.corpus.entry import Entry


class Pool:
    """All inputs worth keeping, each content once (Go: corpus).

    Attributes:
        entries: the inputs, in the order in which they came.
        turns: gives turns to them.
        unstudied: those that the solver has not studied yet, the next one first.
        fruitless: results since the last new input.
    """

    def __init__(self, *, in_turn: bool = False) -> None:
        """Make an empty pool; with `in_turn` all inputs get as many turns, as in Go."""
        self.entries: list[Entry] = []
        self.turns: Energy | Turns = Turns() if in_turn else Energy()
        self.unstudied: deque[Entry] = deque()
        self.fruitless = 0
        self._seen: set[bytes] = set()

    def add(self, entry: Entry) -> bool:
        """Add an entry; return False if its content was there before."""
        data = entry.load()
        digest = content_digest(data)
        if digest in self._seen:
            return False
        self._seen.add(digest)
        self._take(entry, len(data))
        return True

    def add_unrun(self, entry: Entry) -> None:
        """Add an entry that was never run: what is found with the same content is new."""
        self._take(entry, len(entry.load()))

    def keep(self, entries: Sequence[Entry]) -> None:
        """Drop all entries but these; all of them are to be studied."""
        self.entries = list(entries)
        self.unstudied = deque(entries)
        self.turns.keep(entries)

    def _take(self, entry: Entry, size: int) -> None:
        self.entries.append(entry)
        self.turns.add(entry, size)
