"""A test program that a real Go has built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.interop import gotool

FUZZ_TESTS = Path(__file__).parent / "golang" / "m_test.go"


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build Go's fuzz tests, with coverage; return the path of the program."""
    gotool.find_go()
    folder = tmp_path_factory.mktemp("go")
    shutil.copy(FUZZ_TESTS, folder)
    return gotool.build(folder, "-fuzz=.")
