"""The cache of a campaign: interesting inputs of earlier campaigns, and those of this one.

The cache only saves time: if it cannot be read or written, the campaign warns once and goes on
without it.
"""

from __future__ import annotations

from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import read_cache, write_entry
from fuzzengine.report import lines
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fuzzengine.corpus.entry import CorpusReadError, Entry
    from fuzzengine.types.kinds import Kind


class CampaignCache:
    """The folder of cached inputs of one fuzz test."""

    def __init__(self, folder: str, kinds: Sequence[Kind], log: Callable[[str], object]) -> None:
        """Args: `log` prints a line."""
        self._folder = folder
        self._kinds = kinds
        self._log = log
        self._warned_of_reading = self._warned_of_writing = False

    def read(self) -> Iterator[Entry]:
        """Yield the cached entries; after each is used, drop its bytes from memory."""
        entries, unreadable = read_cache(self._folder, self._kinds)
        if unreadable:
            self._warn_of_reading(unreadable)
        for entry in entries:
            yield entry
            self._drop(entry)

    def write(self, entry: Entry) -> str:
        """Write an entry and drop its bytes from memory.

        Returns:
            The path. It is empty if the entry cannot be written; then it stays in memory.
        """
        try:
            path = write_entry(self._folder, entry.load())
        except OSError as error:
            if not self._warned_of_writing:
                self._warned_of_writing = True
                self._log(lines.unwritable_cache(reason_of(error)))
            return ""
        entry.path = path
        self._drop(entry)
        return path

    def _drop(self, entry: Entry) -> None:
        entry.on_unreadable = self._replacement
        entry.drop()

    def _replacement(self, error: CorpusReadError) -> bytes:
        """Return an input to execute instead of an entry that cannot be read any more."""
        self._warn_of_reading([str(error)])
        return marshal(self._kinds, [kind.zero() for kind in self._kinds])

    def _warn_of_reading(self, reasons: Sequence[str]) -> None:
        if not self._warned_of_reading:
            self._warned_of_reading = True
            self._log(lines.unreadable_cache(reasons))
