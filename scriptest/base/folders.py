"""Locates the folders for temporary files and caches."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NO_HOME = "/no-home"
"""HOME in a sandbox: a folder that does not exist, unless a program run as root made it."""


def temporary_folder(environment: Mapping[str, str]) -> str:
    """Return the folder for temporary files (as tempfile.gettempdir, without its import)."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        folder = environment.get(name)
        if folder and os.path.isdir(folder):
            return folder
    return "/tmp" if os.path.isdir("/tmp") else os.getcwd()


def cache_folder(program: str, environment: Mapping[str, str]) -> str:
    """Return a program's folder in the user's cache folder; "" if the user has no home."""
    base = environment.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = environment.get("HOME", "")
        if home == NO_HOME or not os.path.isdir(home):
            return ""
        caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
        base = os.path.join(home, caches)
    return os.path.join(base, program)
