"""Keeps a package's files from taking the place of standard modules that the engine needs.

A package's folder comes first on the search path, as for any script, so a file json.py would be
what the engine gets when it imports json, mostly long after the start.
"""

from __future__ import annotations

import os
import sys

# All that the engine imports only when it is needed; what these import comes with them.
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
    """Import what the engine may need, if files of a folder could be imported instead.

    Call it before the folder is put on the search path. It costs nothing but a look into the
    folder unless a name there is that of a standard module.

    Returns:
        The names of the files and folders that cannot be imported because of that.
    """
    hiding = _hiding(folder)
    if not hiding:
        return []
    for module in _NEEDED:
        try:
            __import__(module)
        except ImportError:
            # Not on this system.
            continue
    return sorted(name for name in hiding if _module(name) in sys.modules)


def warning(names: list[str]) -> str:
    """Say which files cannot be imported, and what to do; "" if there are none."""
    return "".join(
        f"warning: {name}: `import {_module(name)}` is the standard module, which fuzzengine "
        "uses itself; rename the file to import it\n"
        for name in names
    )


def _hiding(folder: str) -> list[str]:
    """Return what would be imported from a folder in place of standard modules."""
    try:
        found = os.listdir(folder)
    except OSError:
        return []
    names = [name for name in found if _module(name) in sys.stdlib_module_names]
    # A folder that is no regular package gives way to any module further along the path.
    return [
        name
        for name in names
        if name.endswith(".py") or os.path.exists(os.path.join(folder, name, "__init__.py"))
    ]


def _module(name: str) -> str:
    return name.removesuffix(".py")
