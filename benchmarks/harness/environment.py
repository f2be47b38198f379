"""The environment of the contestants: one interpreter, scriptest installed as users install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scriptest-benchmarks"
PEERS = ("lit", "filecheck", "prysk", "cram", "pytest-txtar", "pytest")


def interpreter() -> str:
    """Return a Python that every peer supports: pytest-txtar wants 3.12 or newer."""
    if sys.version_info >= (3, 12):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    named = [shutil.which(f"python3.{minor}") for minor in (13, 12, 14)]
    found = [*sorted(map(str, pyenv.glob("versions/3.1[2-9]*/bin/python")), reverse=True), *named]
    return next((path for path in found if path and version(path)), sys.executable)


def version(python: str) -> str:
    """Return an interpreter's version, or nothing where it does not start."""
    code = "import platform; print(platform.python_version())"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def programs(*, peers: bool = True) -> Path:
    """Make the environment if need be, install this checkout into it, and return its programs."""
    python = interpreter()
    home = CACHE / f"harness-{version(python)}"
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    if not folder.exists():
        subprocess.run([python, "-m", "venv", str(home)], check=True)
    pip = [str(folder / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--compile", str(ROOT)], check=True)
    subprocess.run([*pip, "--compile", "--force-reinstall", "--no-deps", str(ROOT)], check=True)
    for peer in PEERS if peers else ():
        if subprocess.run([*pip, peer], check=False).returncode:
            print(f"{peer} cannot be installed and is left out", file=sys.stderr)
    return folder
