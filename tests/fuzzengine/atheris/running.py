"""Runs harnesses, with this engine and with Atheris, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

HARNESSES = Path(__file__).parent / "harnesses"
LAUNCH = Path(__file__).parent / "launch.py"

needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")


def name_of(data: bytes) -> str:
    """Return the name that libFuzzer gives to an input."""
    return sha1(data).hexdigest()


def run(package: Package, harness: str | Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a harness with this engine, in the folder of a package."""
    return package.run("run", str(HARNESSES / harness), *arguments)


def run_atheris(
    package: Package, harness: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a harness with Atheris, in the folder of a package."""
    return subprocess.run(
        [sys.executable, str(LAUNCH), str(HARNESSES / harness), *arguments],
        cwd=package.folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
