"""Recordings of sessions at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import recordings
from tools.pages import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.once
@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_recording_keeps_text_colors_and_times(tmp_path: Path) -> None:
    recorder = recordings.Recorder(tmp_path, rows=5, columns=40)
    command = r"printf '\033[31mred\033[0m <&\n'; test -t 1 && echo terminal"
    recorder.type("true")
    recorder.run(command)
    text = recordings.svg(recorder.frames, "a title", columns=40)
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == "a title"
    assert recordings.plain_lines(text)[-2:] == ["red <&", "terminal"]
    assert '<tspan class="c1">red</tspan> &lt;&amp;' in text
    times = [frame.time for frame in recorder.frames]
    assert times == sorted(times)
    typed = [frame.lines[0] for frame in recorder.frames[:5]]
    assert [line.rpartition(" ")[2][-1:] for line in typed[1:]] == list("true")


@pytest.mark.parametrize("name", recordings.RECORDINGS)
def test_recordings_in_the_repository_are_of_their_commands(name: str) -> None:
    text = (ROOT / "docs" / "recordings" / f"{name}.svg").read_text()
    lines = recordings.plain_lines(text)
    assert all(f"$ {command}" in lines for command in recordings.RECORDINGS[name])
    assert any(line.startswith("FAIL") for line in lines)
