"""Names Go packages, without a Go toolchain."""

from __future__ import annotations

import os

from scriptest.base.regular_files import read_file

_MODULE_FILE = "go.mod"


def import_path(folder: str) -> str:
    """Return the import path of a package, such as `example.com/shop/size`.

    Without a go.mod in the folder or above it, the result is the name of the folder.
    """
    folder = os.path.abspath(folder)
    root = module_folder(folder)
    module = _module_name(os.path.join(root, _MODULE_FILE)) if root else ""
    if not module:
        return os.path.basename(folder) or "root"
    relative = os.path.relpath(folder, root).replace(os.sep, "/")
    return module if relative == "." else f"{module}/{relative}"


def module_folder(folder: str) -> str:
    """Return the nearest folder with a go.mod: an absolute folder or one above it, or ""."""
    while not os.path.isfile(os.path.join(folder, _MODULE_FILE)):
        folder, below = os.path.split(folder)
        if not below:
            return ""
    return folder


def _module_name(path: str) -> str:
    try:
        lines = read_file(path).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.partition("//")[0].split()
        if len(words) == 2 and words[0] == "module":
            return words[1].strip('"`')
    return ""
