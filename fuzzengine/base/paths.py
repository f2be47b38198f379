"""Names of packages, and the folders for their caches."""

from __future__ import annotations

import os

from scriptest.base.folders import cache_folder
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CORPUS_FOLDER = os.path.join("testdata", "fuzz")
"""The folder of a package's seed corpora, as in Go."""

WITHOUT_PROCESSES = ("emscripten", "wasi", "ios")
"""The values of sys.platform where no workers can be started."""

_LONGEST_NAME = 60


def package_name(folder: str) -> str:
    """Return the name of a package: the project's name and the path in the project.

    The nearest pyproject.toml with a name, in the folder or above it, names the project. Without
    one, the result is the name of the folder.
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
    """Return `name` of the table [project]. Importing tomllib would take 10 ms."""
    try:
        lines = read_file(path).decode("utf-8", "replace").splitlines()
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
    """Return the folder for inputs that fuzzing found, below the folder for caches."""
    return os.path.join(root, "fuzz")


def code_cache(root: str) -> str:
    """Return the folder for instrumented code, below the folder for caches."""
    return os.path.join(root, "code")


def package_key(folder: str) -> str:
    """Return the name of a package's folder in a cache, such as `tests-3f2a9c1d`.

    The digits are those of the folder's real path, so that packages of one name share nothing.
    """
    from scriptest.base.files import readable_name

    path = os.path.normcase(os.path.realpath(folder))
    name = package_name(folder).replace("/", ".")
    return readable_name(name, os.fsencode(path), _LONGEST_NAME)
