"""Takes snapshots of folders, and compares them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import NamedTuple

READ_LIMIT = 1 << 20
"""Bytes up to which a file's content is looked at; of larger ones the size and the time are."""


class Entry(NamedTuple):
    """A file or something else."""

    kind: str
    """`file`, `folder`, `link` or `other`."""
    content: bytes | None = None
    """Of a file that is not too large."""
    mark: tuple[object, ...] = ()
    """Other data that shows a change."""


Snapshot = dict[str, Entry]
"""By name as seen from the folder, with `/` in it."""


def scan(folder: str, skipped: frozenset[str]) -> Snapshot:
    """Return all entries below a folder; unreadable ones have the kind `other`.

    Args:
        folder: where to look.
        skipped: names that do not count, nor what is below them.
    """
    found: Snapshot = {}
    _scan_into(folder, "", skipped, found)
    return found


def _scan_into(folder: str, prefix: str, skipped: frozenset[str], found: Snapshot) -> None:
    try:
        with os.scandir(folder) as entries:
            children = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for child in children:
        name = prefix + child.name
        if name in skipped:
            continue
        found[name] = _entry(child.path)
        if found[name].kind == "folder":
            _scan_into(child.path, name + "/", skipped, found)


def _entry(path: str) -> Entry:
    try:
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            return Entry("folder")
        if stat.S_ISLNK(status.st_mode):
            return Entry("link", mark=(os.readlink(path),))
        if stat.S_ISREG(status.st_mode):
            if status.st_size > READ_LIMIT:
                return Entry("file", mark=(status.st_size, status.st_mtime_ns))
            with open(path, "rb") as file:
                return Entry("file", file.read())
    except OSError:
        pass
    return Entry("other")


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, Entry | None]:
    """Return the entries that are new or different, and None for those that are gone, by name.

    Of a new folder that is not empty, and of one that is gone, nothing is said but about what it
    holds, or about itself.
    """
    found: dict[str, Entry | None] = {}
    for name, entry in after.items():
        if before.get(name) == entry:
            continue
        if entry.kind == "folder" and any(other.startswith(name + "/") for other in after):
            continue
        found[name] = entry
    for name in before:
        folder = os.path.dirname(name)
        if name not in after and (not folder or folder in after):
            found[name] = None
    return found
