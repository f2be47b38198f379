"""`fuzzengine env`: prints the installation and the folders that it uses (Go: go env)."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from fuzzengine.base.errors import CannotRun
from fuzzengine.base.paths import cache_root, code_cache
from fuzzengine.cli.inputs import go_inputs_folder, inputs_folder
from fuzzengine.cli.packages import is_go_only
from fuzzengine.program.flags import Flag, FlagError, HelpWanted, help_lines, parse, read_bool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = {"json": Flag(read_bool, False, "print a JSON object", is_bool=True)}
_USAGE = "usage: fuzzengine env [-json] [folder]\n"
_HELP = f"""\
{_USAGE}
Prints the version, the interpreter, whether the compiled modules are used, and the folders of the
caches: `inputs` holds the interesting inputs of the package in a folder (by default, the current
one), `code` instrumented code. FUZZENGINE_CACHE names another folder for both.
"""
_COMPILED = ("fuzzengine.instrument._counters", "fuzzengine.mutation._mutate")
_NO_CACHE = "none, since there is no home folder"


def help_text() -> str:
    """Return the output of `fuzzengine env -h`."""
    return "\n".join([_HELP, *help_lines(FLAGS)]) + "\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine env`; return the exit status."""
    try:
        values, folders = parse(arguments, FLAGS, interspersed=True)
    except HelpWanted:
        sys.stdout.write(help_text())
        return 0
    except FlagError as error:
        return _refuse(2, f"{error}\n{_USAGE}")
    if len(folders) > 1:
        return _refuse(2, f"fuzzengine env: name one folder only\n{_USAGE}")
    folder = folders[0] if folders else "."
    if not os.path.isdir(folder):
        return _refuse(2, f"fuzzengine env: {folder}: no such folder\n")
    facts = _facts(folder)
    if values.get("json"):
        import json

        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
        return 0
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        sys.stdout.write(f"{name:<{width}}  {_shown(value)}\n")
    return 0


def _facts(folder: str) -> dict[str, str | bool | None]:
    """Return the facts about the installation; a cache folder is None without a home folder."""
    from fuzzengine import __version__

    root = cache_root(os.environ)
    return {
        "version": __version__,
        "python": sys.version.partition(" ")[0],
        "executable": sys.executable,
        "compiled": _has_compiled_modules(),
        "cache": root or None,
        "inputs": _inputs(folder, root),
        "code": code_cache(root) if root else None,
    }


def _inputs(folder: str, root: str) -> str | None:
    if not is_go_only(folder):
        return inputs_folder(folder, root) if root else None
    try:
        return go_inputs_folder(folder)
    except CannotRun:
        return None


def _has_compiled_modules() -> bool:
    try:
        for name in _COMPILED:
            import_module(name)
    except ImportError:
        return False
    return True


def _shown(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _NO_CACHE if value is None else value


def _refuse(status: int, text: str) -> int:
    sys.stderr.write(text)
    return status
