"""The inputs of a campaign that are worth keeping."""

from __future__ import annotations

from fuzzengine import corpus

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from fuzzengine.corpus import Entry


class Pool:
    """All inputs worth keeping, each content once (Go: corpus)."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._seen: set[bytes] = set()

    def add(self, entry: Entry) -> bool:
        """Add an entry; return False if its content was there before."""
        digest = corpus.content_digest(entry.load())
        if digest in self._seen:
            return False
        self._seen.add(digest)
        self.entries.append(entry)
        return True
