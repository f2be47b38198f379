"""Finds mistakes in the module names of -cover and -nocover, without importing the modules."""

from __future__ import annotations

import sys
from importlib.machinery import EXTENSION_SUFFIXES

from fuzzengine.program.flags import NOCOVER_ALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec


def mistakes(cover: Sequence[str], nocover: Sequence[str]) -> list[str]:
    """Return a line for each name that is not a module, or has no Python code to instrument."""
    lines = []
    for flag, names in (("cover", cover), ("nocover", nocover)):
        for name in names:
            if name == NOCOVER_ALL and flag == "nocover":
                continue
            spec = _find(name)
            if spec is None:
                lines.append(f"-{flag}={name}: there is no module {name}; check its spelling\n")
            elif flag == "cover" and _is_compiled(spec):
                lines.append(f"-cover={name}: {name} has no Python code to instrument\n")
    return lines


def _find(name: str) -> ModuleSpec | None:
    """Return the spec of a module; unlike importlib.util.find_spec, import no parent package."""
    if name in sys.modules:
        # Also names that no finder knows, such as os.path.
        return sys.modules[name].__spec__
    path: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        full_name = ".".join(parts[:count])
        spec = _ask_finders(full_name, path)
        if spec is None or (spec.submodule_search_locations is None and count < len(parts)):
            return None
        path = spec.submodule_search_locations
    return spec


def _ask_finders(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        if find_spec is None:
            continue
        spec: ModuleSpec | None
        try:
            spec = find_spec(name, path)
        except KeyError:
            # A namespace package in one that is not imported; its place is found by its last name.
            spec = find_spec(name.rpartition(".")[2], path)
        if spec is not None:
            return spec
    return None


def _is_compiled(spec: ModuleSpec) -> bool:
    return spec.origin == "built-in" or (spec.origin or "").endswith(tuple(EXTENSION_SUFFIXES))
