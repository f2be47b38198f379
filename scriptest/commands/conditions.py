"""The `[conditions]` of guards: data and a test each, for help, checks and documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scriptest.base import platform
from scriptest.commands.base import Condition
from scriptest.sandbox import workdir
from scriptest.sandbox.state import State

# fmt: off
_UNIX = (
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "linux", "netbsd",
    "openbsd", "solaris",
)
_SYSTEMS = (*_UNIX, "js", "plan9", "wasip1", "windows")
_MACHINES = (
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
)
# fmt: on


def _fixed(value: bool) -> Callable[[State, str], bool]:
    return lambda state, suffix: value


def _flag(name: str) -> Callable[[State, str], bool]:
    return lambda state, suffix: name in state.flags


def _names(known: tuple[str, ...], actual: str, what: str) -> Callable[[State, str], bool]:
    def test(state: State, suffix: str) -> bool:
        if suffix not in known:
            raise ValueError(f"unknown {what} {suffix}")
        return suffix == actual

    return test


def _exec(state: State, name: str) -> bool:
    return state.find_program(name) is not None


def _env(state: State, suffix: str) -> bool:
    name, equals, value = suffix.partition("=")
    if equals:
        return state.lookup(name) == value
    return bool(state.lookup(name))


def _python(state: State, suffix: str) -> bool:
    digits = suffix.lstrip("<>=!")
    compare = suffix[: len(suffix) - len(digits)] or "=="
    try:
        wanted = tuple(int(part) for part in digits.split("."))
    except ValueError:
        raise ValueError(f"`{suffix}` is not a version such as >=3.12") from None
    found = sys.version_info[: len(wanted)]
    outcomes = {
        "==": found == wanted,
        "!=": found != wanted,
        ">=": found >= wanted,
        "<=": found <= wanted,
        ">": found > wanted,
        "<": found < wanted,
    }
    if compare not in outcomes:
        raise ValueError(f"`{compare}` is not one of {' '.join(outcomes)}")
    return outcomes[compare]


def _module(state: State, name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _can_link(make: str) -> Callable[[State, str], bool]:
    def test(state: State, suffix: str) -> bool:
        with _scratch_folder(state) as folder:
            source = _new_file(folder, "from")
            try:
                getattr(os, make)(source, os.path.join(folder, "to"))
            except (OSError, AttributeError, NotImplementedError):
                return False
        return True

    return test


def _case_sensitive(state: State, suffix: str) -> bool:
    with _scratch_folder(state) as folder:
        _new_file(folder, "UPPER")
        return not os.path.exists(os.path.join(folder, "upper"))


@contextmanager
def _scratch_folder(state: State) -> Iterator[str]:
    """Create a folder beside the work folder, so on the same file system, and remove it."""
    folder = f"{state.work}.{os.urandom(8).hex()}"
    os.mkdir(folder, 0o700)
    try:
        yield folder
    finally:
        workdir.remove_tree(folder)


def _new_file(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _tty(state: State, suffix: str) -> bool:
    from importlib.util import find_spec

    return find_spec("pty") is not None and find_spec("termios") is not None


def _table() -> tuple[Condition, ...]:
    system, machine = platform.os_name(), platform.arch_name()
    return (
        *(Condition(name, _fixed(name == system), f"the system is {name}") for name in _SYSTEMS),
        *(
            Condition(name, _fixed(name == machine), f"the architecture is {name}")
            for name in _MACHINES
        ),
        Condition("unix", _fixed(system in _UNIX), "the system is a Unix"),
        Condition("GOOS", _names(_SYSTEMS, system, "system"), "the system has this name", "name"),
        Condition(
            "GOARCH",
            _names(_MACHINES, machine, "machine"),
            "the architecture has this name",
            "name",
        ),
        Condition("short", _flag("short"), "the run is short (`--short`)"),
        Condition("verbose", _flag("verbose"), "the run is verbose (`--verbose`)"),
        Condition(
            "net",
            lambda state, suffix: "offline" not in state.flags,
            "the network may be used",
        ),
        Condition("root", _fixed(platform.is_root()), "the user is the superuser"),
        Condition("link", _can_link("link"), "hard links can be created"),
        Condition("symlink", _can_link("symlink"), "symbolic links can be created"),
        Condition("case-sensitive", _case_sensitive, "file names are case-sensitive"),
        Condition("tty", _tty, "pseudo-terminals are available"),
        Condition("exec", _exec, "the program is on the script's PATH", "program"),
        Condition("env", _env, "the variable is not empty, or has this value", "NAME[=value]"),
        Condition("python", _python, "the version of the running Python matches", ">=3.12"),
        Condition("module", _module, "the Python module can be imported", "name"),
    )


BUILTINS: dict[str, Condition] = {condition.name: condition for condition in _table()}
"""The built-in conditions by name."""
