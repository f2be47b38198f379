"""The plan of the house: who imports whom, what start-up loads, how large rooms may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("scriptest", "fuzzengine")

# Each floor may import its own and those below it, never one above.
FLOORS = (
    {
        "atomic",
        "dialect",
        "difference",
        "duration",
        "entrypoint",
        "errors",
        "exitcodes",
        "expand",
        "filelock",
        "gostring",
        "guards",
        "jsontext",
        "keywords",
        "osdep",
        "regexp",
        "regexp_errors",
        "restore",
        "result",
        "settings",
        "storage",
        "suggest",
        "syntax",
        "txtar",
        "wholenumber",
        "wildcards",
        "words",
    },
    {
        "awaiting",
        "capture",
        "environment",
        "extract",
        "goldens",
        "guardian",
        "jobs",
        "log",
        "preload",
        "process",
        "sandbox",
        "shared",
        "state",
        "terminals",
        "which",
    },
    {
        "commands",
        "conditions",
        "editors",
        "engine",
        "reference",
        "vocabulary",
    },
    {
        "bench",
        "changes",
        "config",
        "extensions",
        "failshell",
        "forecast",
        "header",
        "history",
        "matrix",
        "modules",
        "options",
        "parsetree",
        "report",
        "runner",
        "schedule",
        "selection",
        "shellhabits",
        "suite",
        "touched",
        "unsetvariables",
        "update",
        "vet",
        "writing",
    },
    {
        "__main__",
        "actions",
        "cli",
        "pytest_entry",
        "pytest_plugin",
        "underpytest",
    },
)

LAZY = ("pytest", "rich", "jinja2", "yaml", "pexpect", "re2", "tempfile", "asyncio", "difflib")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path, *, at_import: bool) -> set[str]:
    """Return the modules that a file names in imports; those for type checkers never count."""
    found: set[str] = set()
    tree = ast.parse(path.read_text())
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(ast.walk(node))
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            skipped.update(ast.walk(node))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def floor(module: str) -> int:
    room = module.split(".")[1] if "." in module else ""
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    return -1


def test_every_room_of_scriptest_has_a_floor() -> None:
    rooms = {path.stem for path in (ROOT / "scriptest").glob("*.py")} - {"__init__"}
    rooms |= {path.parent.name for path in (ROOT / "scriptest").glob("*/__init__.py")}
    assert rooms == {room for rooms in FLOORS for room in rooms}


@pytest.mark.parametrize("path", modules("scriptest"), ids=lambda path: path.stem)
def test_imports_go_down(path: Path) -> None:
    relative = path.relative_to(ROOT).with_suffix("")
    own = floor(".".join(relative.parts))
    names = {name for name in imports(path, at_import=False) if name.startswith("scriptest.")}
    assert {name for name in names if floor(name) > own >= 0} == set()


@pytest.mark.parametrize("path", [*modules("scriptest"), *modules("fuzzengine")], ids=str)
def test_one_door_between_the_packages(path: Path) -> None:
    other = "fuzzengine" if "scriptest" in path.relative_to(ROOT).parts else "scriptest"
    named = {name for name in imports(path, at_import=False) if name.split(".")[0] == other}
    assert not named or path.name == "scripting.py"


@pytest.mark.parametrize("module", ["scriptest.cli", "scriptest.runner"])
def test_start_up_loads_little(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert [name for name in LAZY if name in loaded] == []


def test_start_up_compiles_no_annotation(tmp_path: Path) -> None:
    """A NamedTuple whose annotations are texts compiles each of them, a tenth of a short run."""
    (tmp_path / "x.txt").write_text("exists x\n-- x --\n")
    code = f"""\
import sys, typing
from scriptest.cli import main

def refuse(event, arguments):
    if event == "compile" and sys._getframe(1).f_globals is vars(typing):
        raise AssertionError(arguments)

sys.addaudithook(refuse)
sys.exit(main(["run", {str(tmp_path / "x.txt")!r}]))
"""
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=env)


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_and_functions_stay_small(package: str) -> None:
    lengths = []
    for path in modules(package):
        text = path.read_text()
        assert text.count("\n") <= 400, f"{path} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                lengths.append(length)
                assert length <= 60, f"{path}:{node.lineno} {node.name} is too long"
    lengths.sort()
    assert lengths[len(lengths) * 9 // 10] <= 35


# What runs inputs knows nothing of who decides which, and a campaign nothing of its page.
WORKERS_SIDE = ("golang", "guidance", "instrument", "rich", "worker")
COORDINATORS_SIDE = ("campaign", "corpuscli", "page")


@pytest.mark.parametrize(
    "path",
    [path for room in WORKERS_SIDE for path in sorted((ROOT / "fuzzengine" / room).glob("*.py"))],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_workers_know_nothing_of_campaigns(path: Path) -> None:
    named = {name.split(".")[1] for name in imports(path, at_import=False) if "engine." in name}
    assert named.isdisjoint(COORDINATORS_SIDE)
