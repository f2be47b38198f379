"""Checks the workflows of docs/ci.md: their syntax, and that their commands work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import outputs
from tools.pages import ROOT, Block, blocks, write

pytestmark = [pytest.mark.process, pytest.mark.once]

PAGE = blocks((ROOT / "docs" / "ci.md").read_text())
GITHUB, GITLAB = ".github/workflows/tests.yml", ".gitlab-ci.yml"


def workflow(title: str) -> Block:
    (found,) = [block for block in PAGE if block.title == title]
    return found


def commands(value: Any) -> list[str]:
    """Return the commands of a workflow that are ours, in their order."""
    if isinstance(value, str):
        return [value] if value.startswith(("scriptest ", "fuzzengine ")) else []
    if isinstance(value, list):
        return [command for each in value for command in commands(each)]
    if isinstance(value, dict):
        return [command for each in value.values() for command in commands(each)]
    return []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the script and the fuzz test of README.md, without the bug."""
    folder = tmp_path / "project"
    for block in blocks((ROOT / "README.md").read_text()):
        if block.title:
            write(block, folder)
    program = folder / "size.py"
    program.write_text(program.read_text().replace("int(fields[1])", "len(fields[1])"))
    return folder


def test_actionlint_accepts_the_workflow_for_github(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("actionlint")
    actionlint = program if program.exists() else shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("actionlint is not installed")
    write(workflow(GITHUB), tmp_path)
    done = subprocess.run(
        [actionlint, tmp_path / GITHUB], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("title", "schema"), [(GITHUB, "vendor.github-workflows"), (GITLAB, "vendor.gitlab-ci")]
)
def test_workflows_have_the_shape_of_the_schema(title: str, schema: str, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    write(workflow(title), tmp_path)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run(
        [*command, str(tmp_path / title)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("title", [GITHUB, GITLAB])
def test_commands_of_workflows_pass_and_write_their_artifacts(title: str, project: Path) -> None:
    found = commands(yaml.safe_load(workflow(title).content))
    assert len(found) >= 3
    for command in found:
        shorter = re.sub(r"-fuzztime=30m", "-fuzztime=500x", command)
        done = subprocess.run(
            ["bash", "-c", shorter],
            cwd=project,
            env={**outputs.environment(project.parent), "FUZZENGINE_CACHE": ".fuzzengine"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    written = ["scripts.xml", "scripts.html", "campaign.html"]
    if title == GITHUB:
        written.append("campaign.sarif")
    assert [name for name in written if not (project / name).is_file()] == []
    assert list((project / ".fuzzengine" / "fuzz").iterdir()) != []
