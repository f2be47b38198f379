"""Packages and layers: which sub-package may import which, and what start-up loads."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = {
    "scriptest": (
        "pytest_plugin",
        "cli",
        "vet",
        "authoring",
        "report",
        "cluster",
        "run",
        "editors",
        "suite",
        "engine",
        "commands",
        "dialogue",
        "sandbox",
        "config",
        "compare",
        "terminal",
        "process",
        "language",
        "base",
    ),
    "fuzzengine": (
        "cli",
        "atheris",
        "gopackage",
        "cluster",
        "program",
        "worker",
        "campaign",
        "solver",
        "report",
        "findings",
        "cmplog",
        "schedule",
        "mutation",
        "instrument",
        "corpus",
        "testing",
        "golang",
        "types",
        "ipc",
        "base",
    ),
}
"""The sub-packages from the top. Each may import itself and those after it."""

TOP = {
    "scriptest": {"__init__", "__main__", "errors", "pytest_entry"},
    "fuzzengine": {"__init__", "__main__", "pytest_entry", "pytest_plugin", "scripting"},
}
"""The modules outside sub-packages: entry points, and the public names. They may import all."""

LAZY = (
    *("pytest", "rich", "jinja2", "yaml", "pexpect", "re2", "tempfile", "asyncio", "difflib"),
    *("queue", "scriptest.compare.goldens"),
)


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


SOURCES = {
    module_name(path): path for package in LAYERS for path in sorted((ROOT / package).rglob("*.py"))
}


@cache
def imports(module: str) -> set[str]:
    """Return the modules of both packages that one imports anywhere, for type checkers too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name in SOURCES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{module}:{node.lineno} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in SOURCES else node.module)
    return {name for name in found if name in SOURCES and name != module}


def layer(module: str) -> int:
    """Return the number of a module's layer from the top; -1 for the modules outside layers."""
    package, _, rest = module.partition(".")
    sub_package = rest.partition(".")[0]
    return LAYERS[package].index(sub_package) if sub_package in LAYERS[package] else -1


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_every_module_has_a_layer(name: str) -> None:
    modules = {path.stem for path in (ROOT / name).glob("*.py")}
    folders = {path.parent.name for path in (ROOT / name).glob("*/**/*.py")}
    assert modules == TOP[name]
    assert folders == set(LAYERS[name])


@pytest.mark.once
def test_imports_go_down() -> None:
    found = {}
    for module in SOURCES:
        package = module.partition(".")[0]
        same = {name for name in imports(module) if name.partition(".")[0] == package}
        up = {name for name in same if 0 <= layer(name) < layer(module)}
        top = {name for name in same if name.partition(".")[2] in TOP[package]}
        if layer(module) >= 0 and up | top:
            found[module] = up | top
    assert found == {}


@pytest.mark.once
def test_no_imports_are_circular() -> None:
    try:
        TopologicalSorter({module: imports(module) for module in SOURCES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.once
def test_the_packages_share_the_base_and_the_script_command() -> None:
    found = {}
    for module in SOURCES:
        package = module.partition(".")[0]
        other = "fuzzengine" if package == "scriptest" else "scriptest"
        named = {name for name in imports(module) if name.partition(".")[0] == other}
        apart = {name for name in named if not name.startswith("scriptest.base.")}
        if apart and module != "fuzzengine.scripting":
            found[module] = apart
    assert found == {}


@pytest.mark.process
@pytest.mark.parametrize("module", ["scriptest.cli.main", "scriptest.run.runner"])
def test_start_up_loads_little(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert [name for name in LAZY if name in loaded] == []


@pytest.mark.process
def test_fuzzengine_loads_nothing_until_a_name_is_asked_for() -> None:
    code = "import sys, fuzzengine; print(*[n for n in sys.modules if n.startswith('fuzzengine')])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert loaded == ["fuzzengine"]


@pytest.mark.process
def test_start_up_compiles_no_annotation(tmp_path: Path) -> None:
    """A NamedTuple whose annotations are texts compiles each of them, a tenth of a short run."""
    (tmp_path / "x.txt").write_text("exists x\n-- x --\n")
    code = f"""\
import sys, typing
from scriptest.cli.main import main

def refuse(event, arguments):
    if event == "compile" and sys._getframe(1).f_globals is vars(typing):
        raise AssertionError(arguments)

sys.addaudithook(refuse)
sys.exit(main(["run", {str(tmp_path / "x.txt")!r}]))
"""
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=env)


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_functions_stay_short(name: str) -> None:
    lengths = []
    for module, path in SOURCES.items():
        if module.partition(".")[0] != name:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                lengths.append(length)
                assert length <= 60, f"{path}:{node.lineno} {node.name} is too long"
    lengths.sort()
    assert lengths[len(lengths) * 9 // 10] <= 35


@pytest.mark.once
def test_the_page_on_architecture_is_up_to_date() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for package in LAYERS.values():
        assert [name for name in package if f"| `{name}` |" not in page] == []
    named = re.findall(r"`((?:scriptest|fuzzengine)/[\w/]+(?:\.py)?)`", page)
    assert [name for name in named if not (ROOT / name).exists()] == []
