"""`go test` of scripts is forked from a process that has all of it loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzzengine.running import Package

pytestmark = pytest.mark.process

LATE = """
import sys
import fuzzengine.cli.preloaded

loaded = set(sys.modules)
sys.argv = ["fuzzengine", "test", "a_test.py"]
try:
    fuzzengine.cli.preloaded.main()
except SystemExit as end:
    late = {name for name in set(sys.modules) - loaded if name.startswith(("fuzz", "script"))}
    sys.exit(end.code or sorted(late))
"""


def test_all_modules_of_a_passing_run_are_loaded(package: Package) -> None:
    package.write("a_test.py", "def TestIt(t): pass\n")
    done = subprocess.run(
        [sys.executable, "-c", LATE],
        cwd=package.folder,
        env=package.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "[]\n"
    assert done.stdout.startswith("ok ")
