"""Blocks that begin and end inside lines, as Go's coverage profiles have them."""

from __future__ import annotations

from pathlib import Path

from fuzzengine.report.html_source import CoveredSource
from fuzzengine.report.record import ModuleRecord

SOURCE = """\
func Parse(text string) int {
\tif text == "" {
\t\treturn 0
\t} else if len(text) > 3 { return 1 }
\treturn 2
}
"""
BLOCKS = [(2, 2, 2, 16), (2, 16, 4, 3), (4, 9, 4, 26), (4, 26, 4, 38), (5, 2, 5, 10)]


def source_of(tmp_path: Path, reached: str) -> CoveredSource:
    file = tmp_path / "size.go"
    file.write_text(SOURCE)
    module = ModuleRecord("example.com/size.go", str(file), reached)
    example = {"Path": "seed#0", "Size": 9, "Input": "x"}
    event = {
        "Reached": reached,
        "Places": BLOCKS,
        "Hits": [int(one) for one in reached],
        "Smallest": [int(one) - 1 for one in reached],
        "Examples": [example],
    }
    module.add("FuzzX", event)
    return CoveredSource(module.copy())


def test_lines_get_the_state_of_their_statements(tmp_path: Path) -> None:
    source = source_of(tmp_path, "10111")
    assert source.problem == ""
    states = [line.state for line in source.lines]
    # The brace at the end of line 2 belongs to the block that did not run.
    assert states == ["", "hit", "miss", "hit", "hit", ""]
    assert [line.hits for line in source.lines] == [0, 1, 0, 1, 1, 0]
    assert source.lines[1].example == 0


def test_a_block_inside_a_line_is_a_part_of_it(tmp_path: Path) -> None:
    line = source_of(tmp_path, "11101").lines[3]
    assert line.state == "part"
    assert [text for missed, text in line.parts if missed] == ["{ return 1 }"]


def test_blocks_of_another_number_are_not_shown(tmp_path: Path) -> None:
    assert "has changed" in source_of(tmp_path, "1").problem
