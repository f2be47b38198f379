"""Statements of source files are those of coverage.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from coverage.parser import PythonParser

from fuzzengine.instrument.statements import Statements
from fuzzengine.report.cover_report import FileReach
from fuzzengine.report.record import ModuleRecord

ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted((ROOT / "fuzzengine").rglob("*.py"))[::8], ROOT / "fuzzengine/testing/fuzz.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_statements_are_those_of_coverage_py(path: Path) -> None:
    source = path.read_text()
    parser = PythonParser(text=source)
    parser.parse_source()
    statements = Statements(source.encode(), str(path))
    assert statements.lines == sorted(parser.statements)
    every = set(range(1, source.count("\n") + 2))
    assert statements.executed(every & set(statements.lines)) == set(statements.lines)
    firsts = {statements.first_line(line) for line in every} - {None}
    assert firsts == set(statements.lines)


@pytest.mark.parametrize(
    ("executed", "shown"),
    [
        (set(), "1-7"),
        ({1, 2, 5, 7}, ""),
        ({5}, "1-2, 7"),
        ({1, 2, 5}, "7"),
        ({1}, "2-7"),
        ({2}, "1, 5-7"),
    ],
)
def test_ranges_of_missing_lines(executed: set[int], shown: str, tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("a = 1\nb = (\n  2\n)\nc = 3\n# comment\nd = 4\n")
    record = ModuleRecord("x", str(file), "")
    record.lines = frozenset(executed)
    assert FileReach(record).missing_ranges == shown
