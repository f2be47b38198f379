"""Loads a harness: runs its file as the main module, with the stand-in for `atheris`."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from fuzzengine.atheris import instrumenting, stand_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from fuzzengine.atheris.stand_in import SetupCall


class HarnessError(Exception):
    """A harness cannot be run; the text is one line."""


def run_harness(
    path: str,
    arguments: Sequence[str],
    fuzz: Callable[[SetupCall], NoReturn],
    cache_dir: str | None,
) -> None:
    """Run a harness to its end, which it normally does not reach: `Fuzz` ends the process.

    Args:
        path: the file.
        arguments: the command line after it.
        fuzz: is called when the harness calls `Fuzz`.
        cache_dir: the folder for instrumented code, or None.

    Raises:
        HarnessError: the file cannot be read, or has a syntax error.
        BaseException: what the harness raises.
    """
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise HarnessError(f"{path}: {error.strerror}") from None
    instrumentation = instrumenting.install(source, cache_dir)
    stand_in.State.fuzz = staticmethod(fuzz)
    sys.modules["atheris"] = stand_in
    sys.argv = [path, *arguments]
    file_path = os.path.abspath(path)
    sys.path.insert(0, os.path.dirname(file_path))
    try:
        code = instrumentation.compile(source, file_path, instrumenting.HARNESS)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else path
        raise HarnessError(f"{where}: {getattr(error, 'msg', error)}") from None
    module = ModuleType(instrumenting.HARNESS)
    module.__file__ = file_path
    module.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules[instrumenting.HARNESS] = module
    exec(code, vars(module))
