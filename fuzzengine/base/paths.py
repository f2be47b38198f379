"""A package is a folder: its name, and where what is known about it is kept."""

from __future__ import annotations

import os

from scriptest.base.folders import cache_folder

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping

WITHOUT_PROCESSES = ("emscripten", "wasi", "ios")
"""The values of sys.platform where no workers can be started."""


def package_name(folder: str) -> str:
    """Return the name of a package: the project's, and the path in the project.

    The project is that of the nearest pyproject.toml with a name, here or further up. Without one
    the name is that of the folder.
    """
    folder = os.path.abspath(folder)
    parent = folder
    while True:
        name = _project_name(os.path.join(parent, "pyproject.toml"))
        if name:
            relative = os.path.relpath(folder, parent).replace(os.sep, "/")
            return name if relative == "." else f"{name}/{relative}"
        above = os.path.dirname(parent)
        if above == parent:
            return os.path.basename(folder) or "root"
        parent = above


def _project_name(path: str) -> str:
    """Return `name` of the table [project], read line by line: tomllib costs 10 ms of start."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return ""
    in_project = False
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            in_project = text.partition("#")[0].strip() == "[project]"
        elif in_project:
            key, _, value = text.partition("=")
            if key.strip().strip("\"'") == "name":
                value = value.strip()
                return value[1:].partition(value[0])[0] if value[:1] in ('"', "'") else ""
    return ""


def cache_root(environment: Mapping[str, str]) -> str:
    """Return the folder for caches; "" without a home folder, as in a sandbox.

    FUZZENGINE_CACHE decides, then GOCACHE (so that scripts written for Go work), then the
    platform's folder for caches.
    """
    for name in ("FUZZENGINE_CACHE", "GOCACHE"):
        if environment.get(name) and environment[name] != "off":
            return os.path.abspath(environment[name])
    return cache_folder(r"fuzzengine\cache" if os.name == "nt" else "fuzzengine", environment)


def fuzz_cache(root: str) -> str:
    """Return where the folder for caches keeps the inputs that fuzzing found."""
    return os.path.join(root, "fuzz")


def code_cache(root: str) -> str:
    """Return where the folder for caches keeps instrumented code."""
    return os.path.join(root, "code")
