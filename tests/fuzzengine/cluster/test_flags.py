"""Flags of clusters: what is refused, and what the command line loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzengine.running import FOUND, ROOT, Package

pytestmark = pytest.mark.once


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("-fuzz=X", "-cluster=tcp://head:1"), "Dask runs the code of everyone who connects"),
        (("-cluster=local:1",), "it goes with -fuzz"),
        (("-fuzz=X", "-store=x"), "it goes with -cluster=ADDRESS"),
        (("-fuzz=X", "-cluster=local:1", "-parallel=2"), "-parallel does not go with -cluster"),
        (("-fuzz=X", "-cluster=local:1", "-fuzztime=0"), "-fuzztime=0 does not go with"),
    ],
)
def test_flags_that_do_not_go_together(
    package: Package, arguments: tuple[str, ...], complaint: str
) -> None:
    package.write("x_test.py", FOUND)
    done = package.run("test", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


@pytest.mark.process
def test_nothing_to_fuzz(package: Package) -> None:
    pytest.importorskip("distributed")
    package.write("x_test.py", FOUND)
    done = package.run("test", "-fuzz=FuzzOther", "-cluster=local:1")
    assert done.returncode == 3
    assert "no fuzz test of that name" in done.stderr


@pytest.mark.process
def test_without_the_extra_the_command_names_it(package: Package, tmp_path: Path) -> None:
    package.write("x_test.py", FOUND)
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *more: name != 'distributed' and find(name, *more) or None\n"
    )
    done = package.run(
        "test", "-fuzz=FuzzFound", "-cluster=local:1", PYTHONPATH=f"{modules}:{ROOT}"
    )
    assert done.returncode == 3
    assert done.stderr == (
        "fuzzengine: -cluster needs Dask, which is not installed: "
        "pip install 'scriptest[cluster]'\n"
    )


@pytest.mark.process
def test_the_command_line_loads_nothing_of_clusters() -> None:
    code = "import sys, fuzzengine.cli.main, fuzzengine.cli.test; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    unwanted = ("dask", "distributed", "fsspec", "fuzzengine.cluster", "fuzzengine.cli.cluster")
    assert [name for name in loaded if name.startswith(unwanted)] == []
