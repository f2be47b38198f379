"""Builds the environment a script starts with: from nothing, so that it is the same everywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from scriptest import osdep

PSEUDO = {"/": os.sep, ":": os.pathsep}
"""Variables that a script line can expand and that no program sees."""

_FIXED = {
    "HOME": "/no-home",
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "80",
    "TERM": "dumb",
}

# Without these Windows programs do not start, and coverage.py does not measure children.
_FROM_HOST = (
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)


def build(work: str, host: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a fresh script.

    Args:
        work: the script's work folder; WORK and the temporary folder come from it.
        host: the environment scriptest itself runs in; only PATH and little else is taken.
        extra: what the user adds; it wins.
    """
    env = {"WORK": work, "PATH": _path(host), **_FIXED}
    temporary = os.path.join(work, ".tmp")
    if osdep.WINDOWS:
        env |= {"TMP": temporary, "TEMP": temporary, "USERPROFILE": env["HOME"]}
    else:
        env["TMPDIR"] = temporary
    env["PWD"] = work
    env["devnull"] = os.devnull
    env["exe"] = ".exe" if osdep.WINDOWS else ""
    for name in _FROM_HOST:
        if name in host:
            env[name] = host[name]
    env.update(extra)
    return env


def _path(host: Mapping[str, str]) -> str:
    """Return the host's PATH, with the programs of the virtual environment scriptest runs in.

    Whoever calls `.venv/bin/scriptest` means the programs installed beside it.
    """
    path = host.get("PATH", os.defpath)
    if sys.prefix == sys.base_prefix:
        return path
    programs = os.path.dirname(sys.executable)
    return path if programs in path.split(os.pathsep) else programs + os.pathsep + path
