"""Stores how scripts ended and how long they took, for the order of the next run.

One small text file for each folder that runs are started in, in the user's cache folder. It is
of help only: if it cannot be read or written, nothing is said.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from scriptest.base.files import write_file
from scriptest.base.folders import cache_folder

_MOST = 20_000


class Past(NamedTuple):
    """How a script ended last time."""

    failed: bool
    seconds: float


class History:
    """What is known of earlier runs that were started in one folder."""

    def __init__(self, folder: str, cache: str = "") -> None:
        """Prepare to read.

        Args:
            folder: the folder that runs are started in.
            cache: where the file is kept; the user's cache folder by default.
        """
        from zlib import crc32

        self._cache = cache or cache_folder("scriptest", os.environ)
        real = os.path.realpath(folder)
        name = f"{os.path.basename(real) or 'root'}-{crc32(os.fsencode(real)):08x}"
        self._path = os.path.join(self._cache, name) if self._cache else ""

    def load(self) -> dict[str, Past]:
        """Return the known outcomes by the script's real path and id."""
        try:
            return {key: past for key, past, _ in self._entries()}
        except (OSError, ValueError):
            return {}

    def _entries(self) -> Iterator[tuple[str, Past, str]]:
        """Yield what is known: a script's key, how it ended, and the line that says both."""
        with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                failed, seconds, key = line.rstrip("\n").split(" ", 2)
                yield key, Past(failed == "failed", float(seconds)), line.rstrip("\n") + "\n"

    def save(self, news: Mapping[str, Past]) -> None:
        """Add the outcomes of a run."""
        if not self._path or not news:
            return
        try:
            lines = [line for key, _, line in self._entries() if key not in news]
        except (OSError, ValueError):
            lines = []
        data = bytearray()
        for line in lines[max(0, len(lines) + len(news) - _MOST) :]:
            data += line.encode("utf-8", "surrogateescape")
        for key, past in islice(news.items(), max(0, len(news) - _MOST), None):
            if "\n" not in key:
                outcome = "failed" if past.failed else "passed"
                line = f"{outcome} {past.seconds:.3f} {key}\n"
                data += line.encode("utf-8", "surrogateescape")
        try:
            os.makedirs(self._cache, exist_ok=True)
            write_file(self._path, data)
        except OSError:
            return
