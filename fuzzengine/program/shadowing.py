"""Prevents files of a package from shadowing standard modules that the engine needs.

A package's folder comes first on the search path, as for any script. Without this, a file json.py
in it would be imported when the engine imports json, often long after the start.
"""

from __future__ import annotations

import os
import sys

# The standard modules that the engine imports only when it needs them.
_NEEDED = (
    "ast",
    "bisect",
    "decimal",
    "faulthandler",
    "fcntl",
    "hashlib",
    "heapq",
    "json",
    "mmap",
    "msvcrt",
    "queue",
    "re",
    "resource",
    "select",
    "shutil",
    "struct",
    "threading",
    "tokenize",
    "traceback",
    "zlib",
)


def prefer_standard(folder: str) -> list[str]:
    """Import the standard modules that the engine may need, if a folder shadows any.

    Call this before the folder is put on the search path. Without a shadowing file it only lists
    the folder.

    Returns:
        The names of the files and folders that can no longer be imported.
    """
    shadowing = _shadowing(folder)
    if not shadowing:
        return []
    for module in _NEEDED:
        try:
            __import__(module)
        except ImportError:
            # Not on this system.
            continue
    return sorted(name for name in shadowing if _module(name) in sys.modules)


def warning(names: list[str]) -> str:
    """Return a warning for each file that cannot be imported, with the fix."""
    return "".join(
        f"warning: {name}: `import {_module(name)}` is the standard module, which fuzzengine "
        "uses itself; rename the file to import it\n"
        for name in names
    )


def _shadowing(folder: str) -> list[str]:
    """Return the files and folders that would be imported in place of standard modules."""
    try:
        found = os.listdir(folder)
    except OSError:
        return []
    names = [name for name in found if _module(name) in sys.stdlib_module_names]
    # Any module later on the path takes precedence over a folder without __init__.py.
    return [
        name
        for name in names
        if name.endswith(".py") or os.path.exists(os.path.join(folder, name, "__init__.py"))
    ]


def _module(name: str) -> str:
    return name.removesuffix(".py")
