"""Files of a package that are named like standard modules do not break the engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fuzzengine.program import shadowing
from tests.fuzzengine.running import Package

NAMES = sorted({*shadowing._NEEDED, "enum", "tokenize", "random", "calendar", "tempfile"})


def test_a_campaign_with_files_named_like_all_needed_modules(package: Package) -> None:
    for name in NAMES:
        package.write(f"{name}.py", f"raise RuntimeError('{name} of the package')\n")
    package.write(
        "shadow_test.py",
        """
        def FuzzIt(f):
            f.add("seed", 1.5)

            @f.fuzz
            def _(t, text: str, number: float):
                if text.startswith("magic"):
                    assert not text
        """,
    )
    done = package.run("test", "-fuzz=FuzzIt", "-parallel=2", "-seed=1")
    assert done.returncode == 1
    assert "AssertionError" in done.stdout, done.stdout + done.stderr
    assert "of the package" not in done.stdout
    assert "warning: json.py: `import json` is the standard module, " in done.stdout
    assert done.stdout.count("warning: json.py") == 1
    assert len(package.recorded()) == 1


def test_a_module_that_the_engine_does_not_need_is_the_package_s_own(package: Package) -> None:
    package.write("calendar.py", "OWN = True\n")
    package.write(
        "own_test.py",
        """
        import calendar

        def TestOwn(t):
            assert calendar.OWN
        """,
    )
    done = package.run("test")
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout


def test_nothing_is_imported_without_a_shadowing_file(tmp_path: Path) -> None:
    before = set(sys.modules)
    (tmp_path / "own.py").touch()
    (tmp_path / "bisect").mkdir()
    assert shadowing.prefer_standard(str(tmp_path)) == []
    assert shadowing.prefer_standard(str(tmp_path / "none")) == []
    assert set(sys.modules) == before


@pytest.mark.parametrize("file", ["json.py", "json/__init__.py"])
def test_files_and_packages_shadow(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    name = file.partition("/")[0]
    assert shadowing.prefer_standard(str(tmp_path)) == [name]
    assert shadowing.warning([name]).startswith(f"warning: {name}: `import json` ")
