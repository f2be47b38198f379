"""A campaign sees through FuzzedDataProvider."""

from __future__ import annotations

import pytest

from tests.fuzzengine.atheris.running import needs_atheris, run, run_atheris
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.process


@needs_atheris
def test_a_chain_of_consumed_values_is_solved_and_fails_with_atheris(package: Package) -> None:
    done = run(package, "fuzz_chain.py", "-seed=1", "-runs=20000")
    assert done.returncode == 77, done.stderr
    (path,) = package.folder.iterdir()
    assert run_atheris(package, "fuzz_chain.py", path.name).returncode == 77
