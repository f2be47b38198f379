"""Remembers how scripts ended and how long they took, for the order of the next run.

One small text file for each folder that runs are started in, in the user's cache folder. It is
of help only: if it cannot be read or written, nothing is said.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
import sys
from typing import NamedTuple

from scriptest import atomic
from scriptest.environment import NO_HOME

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

        self._cache = cache or cache_folder()
        real = os.path.realpath(folder)
        name = f"{os.path.basename(real) or 'root'}-{crc32(os.fsencode(real)):08x}"
        self._path = os.path.join(self._cache, name) if self._cache else ""

    def load(self) -> dict[str, Past]:
        """Return what is known, by the script's real path and id; empty if nothing is."""
        known = {}
        try:
            with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
                for line in file:
                    failed, seconds, key = line.rstrip("\n").split(" ", 2)
                    known[key] = Past(failed == "failed", float(seconds))
        except (OSError, ValueError):
            return {}
        return known

    def save(self, news: dict[str, Past]) -> None:
        """Add what a run has found out."""
        if not self._path or not news:
            return
        known = self.load()
        for key in news:
            known.pop(key, None)
        known |= {key: past for key, past in news.items() if "\n" not in key}
        lines = [
            f"{'failed' if past.failed else 'passed'} {past.seconds:.3f} {key}\n"
            for key, past in list(known.items())[-_MOST:]
        ]
        try:
            os.makedirs(self._cache, exist_ok=True)
            atomic.write_file(self._path, "".join(lines).encode("utf-8", "surrogateescape"))
        except OSError:
            return


def cache_folder() -> str:
    """Return this program's folder in the user's cache folder; empty if the user has no home."""
    named = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if named and os.path.isabs(named):
        return os.path.join(named, "scriptest")
    home = os.path.expanduser("~")
    if home == NO_HOME or not os.path.isdir(home):
        return ""
    below = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return os.path.join(home, *below, "scriptest")
