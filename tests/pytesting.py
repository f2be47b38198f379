"""Runs a real pytest, with the plugins of this project, in a folder made of given files."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.environment import personal_environment

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ("scriptest.pytest_entry", "xdist.plugin")


class Project:
    """A project under test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plugins: tuple[str, ...] = PLUGINS
        self.folder.mkdir(parents=True, exist_ok=True)
        (folder / "pytest.ini").write_text(
            "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n"
        )

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def environment(self) -> dict[str, str]:
        """Return a person's environment, less the variables of a pytest, xdist or coverage."""
        dropped = ("PYTEST", "COV", "FUZZENGINE", "GOCACHE", "PYTHONPATH")
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            **personal_environment(*dropped),
            # So that it is the same whether this project is installed or not, and whatever else is.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(temporary),
            "COLUMNS": "100",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def command(self, *arguments: str) -> list[str]:
        plugins = [f"-p{module}" for module in self.plugins]
        return [sys.executable, "-m", "pytest", *plugins, *arguments]

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
