"""Fixtures of the tests of fuzzengine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzzengine.running import Package


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Return an empty package in a folder of its own."""
    return Package(tmp_path)
