"""What scripts run is measured when pytest is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pytesting import Project

pytest.importorskip("pytest_cov")

THING = """
import sys


def used():
    return 1


def unused():
    return 2


if sys.argv[1:] == ["go"]:
    used()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "p")
    project.write("src/thing.py", THING)
    for name in ("a", "b"):
        project.write(
            f"testdata/script/{name}.txt",
            f"env PYTHONPATH={project.folder}/src\nexec python -m thing go\n",
        )
    return project


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["alone", "workers"])
def test_pytest_cov_measures_programs_of_scripts(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.plugins += ("pytest_cov",)
    done = project.pytest("--cov=src", "--cov-report=term-missing", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "src/thing.py       7      1    86%   10" in done.stdout, done.stdout
    assert [path.name for path in project.folder.glob(".coverage*")] == [".coverage"]


def test_coverage_run_measures_programs_of_scripts(project: Project) -> None:
    def coverage(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "coverage", *arguments],
            cwd=project.folder,
            env=project.environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    pytest_arguments = project.command()[2:]
    coverage("run", "-p", "--source=src", "-m", *pytest_arguments)
    coverage("combine")
    assert "src/thing.py       7      1    86%   10" in coverage("report", "-m")


def test_a_run_that_is_not_measured_leaves_nothing(project: Project) -> None:
    assert project.pytest().returncode == 0
    assert list(project.folder.rglob(".coverage*")) == []
