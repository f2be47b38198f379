"""Stores the outcomes and durations of scripts, which order the next run.

The user's cache folder has one small text file for each folder in which runs are started, and a
folder with the texts of its failures. The oldest are removed. The history is optional: errors of
reading and writing are ignored.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from scriptest.base.files import remove_oldest, write_file
from scriptest.base.folders import cache_folder
from scriptest.base.regular_files import read_file

_MAX_ENTRIES = 20_000
_MAX_FILES = 1_000


class PastResult(NamedTuple):
    """The outcome and duration of a script in an earlier run."""

    failed: bool
    seconds: float


class History:
    """The results of earlier runs that were started in one folder.

    Attributes:
        failures_folder: The folder for the texts of failures; empty without a cache folder.
    """

    def __init__(self, folder: str, cache: str = "") -> None:
        """Locate the history of a folder.

        Args:
            folder: the folder in which runs are started.
            cache: the folder of the history file; the user's cache folder by default.
        """
        from zlib import crc32

        self._cache = cache or cache_folder("scriptest", os.environ)
        real = os.path.realpath(folder)
        name = f"{os.path.basename(real) or 'root'}-{crc32(os.fsencode(real)):08x}"
        self._path = os.path.join(self._cache, name) if self._cache else ""
        self.failures_folder = f"{self._path}.failures" if self._cache else ""

    def load(self) -> dict[str, PastResult]:
        """Return the results by `Selected.key`; empty if the history cannot be read."""
        try:
            return {key: past for key, past, _ in self._entries()}
        except (OSError, ValueError):
            return {}

    def _entries(self) -> Iterator[tuple[str, PastResult, str]]:
        """Yield the key, the result and the line of every entry."""
        text = read_file(self._path).decode("utf-8", "surrogateescape")
        for line in text.removesuffix("\n").split("\n") if text else ():
            failed, seconds, key = line.split(" ", 2)
            yield key, PastResult(failed == "failed", float(seconds)), line + "\n"

    def save(self, results: Mapping[str, PastResult]) -> None:
        """Add the results of a run."""
        if not self._path or not results:
            return
        try:
            lines = [line for key, _, line in self._entries() if key not in results]
        except (OSError, ValueError):
            lines = []
        data = bytearray()
        for line in lines[max(0, len(lines) + len(results) - _MAX_ENTRIES) :]:
            data += line.encode("utf-8", "surrogateescape")
        for key, past in islice(results.items(), max(0, len(results) - _MAX_ENTRIES), None):
            if "\n" not in key:
                outcome = "failed" if past.failed else "passed"
                line = f"{outcome} {past.seconds:.3f} {key}\n"
                data += line.encode("utf-8", "surrogateescape")
        try:
            os.makedirs(self._cache, exist_ok=True)
            write_file(self._path, data)
            remove_oldest(self._cache, _MAX_FILES)
        except OSError:
            return
