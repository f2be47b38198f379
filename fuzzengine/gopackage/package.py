"""Import paths of Go packages and their files, without a Go toolchain."""

from __future__ import annotations

import os

from scriptest.base.regular_files import read_file

_MODULE_FILE = "go.mod"


def import_path(folder: str) -> str:
    """Return the import path of a package, such as `example.com/shop/size`.

    Without a go.mod in the folder or above it, the result is the name of the folder.
    """
    folder = os.path.abspath(folder)
    root, module = module_folder(folder), module_name(folder)
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


def module_file(name: str, folder: str) -> str:
    """Return the path of a source file of the module that a folder belongs to.

    Args:
        name: the file with its import path, such as `example.com/shop/size.go`.
        folder: a folder of the module.
    """
    root = module_folder(os.path.abspath(folder))
    return os.path.join(root, *name.removeprefix(module_name(root)).strip("/").split("/"))


def module_name(folder: str) -> str:
    """Return the path of the module that a folder belongs to, or ""."""
    root = module_folder(os.path.abspath(folder))
    try:
        lines = read_file(os.path.join(root, _MODULE_FILE)).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.partition("//")[0].split()
        if len(words) == 2 and words[0] == "module":
            return words[1].strip('"`')
    return ""
