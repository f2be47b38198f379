"""Builds the environment a script starts with: from nothing, so that it is the same everywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from scriptest.base import platform
from scriptest.base.folders import NO_HOME
from scriptest.language.expand import expand

PSEUDO = {"/": os.sep, ":": os.pathsep}
"""Variables that a script line can expand and that no program sees."""

SUITE = "SUITE"
"""The variable for the folder of the settings, in values of the settings."""

_FIXED = {
    "HOME": NO_HOME,
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "80",
    "TERM": "dumb",
}

# Without these Windows programs do not start, and coverage.py does not measure children.
FROM_HOST = (
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)


def build(
    work: str,
    host: Mapping[str, str],
    extra: Mapping[str, str],
    *,
    passed: Iterable[str] = (),
    own: Mapping[str, str] = MappingProxyType({}),
    folder: str = "",
) -> dict[str, str]:
    """Return the variables of a fresh script.

    Args:
        work: the script's work folder; WORK and the temporary folder come from it.
        host: the environment scriptest itself runs in; only PATH and little else is taken.
        extra: variables that the user adds; they take precedence.
        passed: names of variables that the host passes on; `*` matches anything.
        own: variables of the settings; variables in their values are expanded, in order.
        folder: the value of SUITE in those values.
    """
    env = {"WORK": work, "PATH": _path(host), **_FIXED}
    temporary = os.path.join(work, ".tmp")
    if platform.WINDOWS:
        env |= {"TMP": temporary, "TEMP": temporary, "USERPROFILE": env["HOME"]}
    else:
        env["TMPDIR"] = temporary
    env["PWD"] = work
    env["devnull"] = os.devnull
    env["exe"] = ".exe" if platform.WINDOWS else ""
    for name in FROM_HOST:
        value = host.get(name)
        if value is not None:
            env[name] = value
    env.update(_passed(passed, host))
    known = {**PSEUDO, **env, SUITE: folder}
    for name, value in own.items():
        env[name] = known[name] = expand(value, lambda wanted: known.get(wanted, ""))
    env.update(extra)
    return env


def go_variables() -> dict[str, str]:
    """Return the variables that scripts of the Go project expect; see `go: {}` in the settings."""
    return {
        "GOPATH": "${WORK}${/}gopath",
        "GOOS": platform.os_name(),
        "GOARCH": platform.arch_name(),
        "GOEXE": ".exe" if platform.WINDOWS else "",
    }


def _passed(names: Iterable[str], host: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for wanted in names:
        if "*" in wanted:
            from fnmatch import fnmatchcase

            found |= {name: host[name] for name in host if fnmatchcase(name, wanted)}
        elif wanted in host:
            found[wanted] = host[wanted]
    found.pop("WORK", None)
    return found


def _path(host: Mapping[str, str]) -> str:
    """Return the host's PATH, with the programs of the virtual environment scriptest runs in.

    A user of `.venv/bin/scriptest` means the programs installed beside it.
    """
    path = host.get("PATH", os.defpath)
    if sys.prefix == sys.base_prefix:
        return path
    programs = os.path.dirname(sys.executable)
    return path if programs in path.split(os.pathsep) else programs + os.pathsep + path
