"""Loads Python objects that settings refer to as `module:object`.

A module in the folder of the settings is imported as part of a package created for that folder.
So two suites can both have a `commands.py`, `sys.path` is not changed, and the modules of one
folder import each other relatively: `from . import helpers` or `from .helpers import start`. Other
modules are imported as usual.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType


class LoadError(Exception):
    """An object cannot be loaded; the message is one line."""


def load(reference: str, folder: str) -> object:
    """Return the object that a reference names.

    Args:
        reference: `module:object`; both may have dots.
        folder: the absolute path of the folder whose modules take precedence.

    Raises:
        LoadError: the module or object does not exist, or the import failed.
    """
    module_name, colon, name = reference.partition(":")
    if not colon or not module_name or not name:
        raise LoadError(f"`{reference}` is not of the form module:object")
    found: object = _import(module_name, folder)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LoadError(f"module {module_name} has no `{name}`") from None
    return found


def _import(name: str, folder: str) -> ModuleType:
    full = name
    if _is_in(folder, name.split(".")[0]):
        full = f"{_package(folder)}.{name}"
    try:
        return importlib.import_module(full)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == full:
            raise LoadError(f"no module named {name} in {folder} or installed") from None
        raise LoadError(f"module {name} cannot be imported: {one_line(error)}") from error


def _is_in(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    return os.path.isfile(path + ".py") or os.path.isfile(os.path.join(path, "__init__.py"))


def _package(folder: str) -> str:
    """Return the name of the package for a folder; the first call creates the package."""
    from zlib import crc32

    number = crc32(os.fsencode(folder))
    while True:
        name = f"scriptest_suite_{number:08x}"
        package = sys.modules.get(name)
        if package is None:
            package = ModuleType(name, "The modules beside one scriptest.yaml.")
            package.__path__ = [folder]
            package = sys.modules.setdefault(name, package)
        if list(package.__path__) == [folder]:
            return name
        number += 1


def one_line(error: BaseException) -> str:
    """Return an error in one line, with its location in the project's code."""
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {text}"
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "importlib" not in code.co_filename and code.co_filename != __file__:
            place = f"{code.co_filename}:{trace.tb_lineno}: "
        trace = trace.tb_next
    return place + text
