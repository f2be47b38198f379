"""Lets pytest run the scripts of testdata/script with the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "testdata" / "script"

ONCE = (
    "dialect_",
    "fuzz_corpus_",
    "fuzz_reports",
    "fuzz_types",
    "report_",
    "suite_",
    "tty_",
    "update_",
    "vet_",
    "writing_",
)
"""Beginnings of the names of scripts whose results do not depend on the version of Python."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return a collector for a script of testdata/script."""
    if file_path.parent != SCRIPTS or file_path.suffix not in (".txt", ".txtar"):
        return None
    from scriptest.pytest_plugin.items import ScriptFile

    return ScriptFile.from_parent(parent, path=file_path)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the scripts as tests that start processes, and those that one version of Python runs."""
    if item.path.parent == SCRIPTS:
        item.add_marker("process")
        if item.path.name.startswith(ONCE):
            item.add_marker("once")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are processors: many tests wait for programs."""
    return (os.cpu_count() or 1) + 1
