"""`fuzzengine clean`: removes caches (Go: cmd/go's clean)."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.paths import cache_root, code_cache, fuzz_cache
from fuzzengine.program.flags import Flag, FlagError, HelpWanted, help_lines, parse, read_bool
from fuzzengine.program.variables import COMMAND
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = {
    "cache": Flag(read_bool, False, "remove instrumented code", is_bool=True),
    "fuzzcache": Flag(read_bool, False, "remove the inputs that fuzzing cached", is_bool=True),
}
_USAGE = "usage: fuzzengine clean [-cache] [-fuzzcache]\n"


def help_text() -> str:
    """Return the output of `fuzzengine clean -h`."""
    return "\n".join([_USAGE, *help_lines(FLAGS)]) + "\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine clean`; return the exit status."""
    try:
        values, packages = parse(arguments, FLAGS, interspersed=True)
    except HelpWanted:
        sys.stdout.write(help_text())
        return 0
    except FlagError as error:
        return _refuse(2, f"{error}\n{_USAGE}")
    if packages:
        program = os.environ.get(COMMAND, "fuzzengine").partition(" ")[0]
        name = "fuzzcache" if values.get("fuzzcache") else "cache"
        return _refuse(2, f"{program}: clean -{name} cannot be used with package arguments\n")
    if not values:
        return _refuse(2, f"fuzzengine clean: nothing to clean\n{_USAGE}")
    root = cache_root(os.environ)
    folders = {"cache": code_cache(root), "fuzzcache": fuzz_cache(root)} if root else {}
    return max((_remove(folder) for name, folder in folders.items() if values.get(name)), default=0)


def _refuse(status: int, text: str) -> int:
    sys.stderr.write(text)
    return status


def _remove(folder: str) -> int:
    import shutil

    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return 0
    except OSError as error:
        return _refuse(3, f"fuzzengine clean: {error.filename}: {reason_of(error)}\n")
    return 0
