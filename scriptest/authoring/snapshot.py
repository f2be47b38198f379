"""Takes and compares snapshots of folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import NamedTuple

from scriptest.base.regular_files import read_file

READ_LIMIT = 1 << 20
"""Bytes up to which files are compared by content; larger ones by size and time."""


class Entry(NamedTuple):
    """An entry of a folder."""

    kind: str
    """`file`, `folder`, `link` or `other`."""
    content: bytes | None = None
    """The content of a file within the limit."""
    mark: tuple[object, ...] = ()
    """Other data that shows a change."""


Snapshot = dict[str, Entry]
"""Entries by their paths relative to the folder, with `/` on every system."""


def scan(folder: str, skipped: frozenset[str]) -> Snapshot:
    """Return all entries below a folder; unreadable ones have the kind `other`.

    Args:
        folder: the folder.
        skipped: paths to ignore, with everything below them.
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
            return Entry("file", read_file(path))
    except OSError:
        pass
    return Entry("other")


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, Entry | None]:
    """Return the new and changed entries, and None for removed ones, by path.

    A new folder is only listed if it is empty, and the entries below a removed folder are not
    listed.
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
