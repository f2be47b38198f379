"""Runs the real `fuzzengine` on a package made of given files, for tests."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from fuzzengine.base.paths import package_key
from tests.environment import personal_environment
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

FOUND = """
    def FuzzFound(f):
        @f.fuzz
        def _(t, data: bytes):
            if data[:1] == b"a":
                if data[1:2] == b"b":
                    t.error("found")

    def FuzzNothing(f):
        @f.fuzz
        def _(t, data: bytes):
            if data[:1] == b"a":
                if data[1:2] == b"b":
                    pass
"""
"""Two fuzz tests of the same shape: one finds a failure, the other only reaches blocks."""


class Package:
    """A folder with test files and a cache folder and a folder for temporary files of its own."""

    def __init__(self, base: Path, name: str = "m") -> None:
        self.base = base
        self.folder = base / name
        self.cache = base / "cache"
        self.temporary = base / "tmp"
        self.folder.mkdir(parents=True)
        self.temporary.mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **personal_environment("FUZZENGINE", "GOCACHE", "PYTHON"),
            "PYTHONPATH": str(ROOT),
            "FUZZENGINE_CACHE": str(self.cache),
            "TMPDIR": str(self.temporary),
            **more,
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "fuzzengine", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run("fuzzengine", *arguments, **environment)

    def pytest(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        plugins = ("-pno:cacheprovider", "-pfuzzengine.pytest_entry")
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        return self._run("pytest", *plugins, *arguments, **environment)

    def _run(
        self, module: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def inputs(self, fuzz_test: str) -> Path:
        """The folder in the cache with the interesting inputs of a fuzz test."""
        return self.cache / "fuzz" / package_key(str(self.folder)) / fuzz_test

    def recorded(self) -> list[str]:
        """The failing inputs written to testdata, as FuzzX/name."""
        top = self.folder / "testdata" / "fuzz"
        return sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())

    def leftovers(self) -> list[str]:
        """What lies in the folder for temporary files."""
        return sorted(path.name for path in self.temporary.iterdir())


def processes_of(package: Package) -> list[str]:
    """The command lines of processes that were started with the package's environment."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(package.temporary):
                found.append(f"{process.pid} {process.status()} {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):
            continue
    return found
