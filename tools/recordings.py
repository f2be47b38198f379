"""Records sessions at a terminal as animated SVG files.

    python -m tools.recordings [--folder DIR] [NAME ...]

Each recording runs real commands in a terminal of its own, with files that README.md shows. The SVG
has colors for light and dark pages; without animations, it shows the end of the session.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pexpect

from scriptest.terminal.screen import Screen
from tools.outputs import environment
from tools.pages import ROOT, blocks, write

ROWS, COLUMNS = 36, 80
TYPING = 0.04  # seconds for a typed character
LONGEST_PAUSE = 1.5
BEFORE_COMMAND, AT_END = 1.5, 6.0
WIDTH, HEIGHT, MARGIN, BAR = 8.4, 18, 16, 32  # pixels: a character's cell, the window's edges

RECORDINGS = {
    "scriptest": [
        "scriptest run",
        "sed -i 's/print(f\"hello/print(f\"hullo/' testdata/script/greet.txt",
        "scriptest run",
    ],
    "fuzzengine": [
        "fuzzengine test",
        "fuzzengine test -fuzz=FuzzParse",
    ],
    "campaign": [
        "fuzzengine test -fuzz=FuzzParse -keepgoing -fuzztime=8s",
    ],
}

STYLE = """
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  white-space: pre; fill: var(--text) }
.window { fill: var(--window); stroke: var(--edge) }
.dot { fill: var(--edge) }
.bold { font-weight: bold }
.dim { opacity: .65 }
.c0 { fill: var(--dim) } .c1 { fill: var(--red) } .c2 { fill: var(--green) }
.c3 { fill: var(--yellow) } .c4 { fill: var(--blue) } .c5 { fill: var(--magenta) }
.c6 { fill: var(--cyan) } .c7 { fill: var(--text) }
svg { --window: #fff; --edge: #d0d7de; --text: #1f2328; --dim: #656d76; --red: #cf222e;
  --green: #116329; --yellow: #7d4e00; --blue: #0550ae; --magenta: #8250df; --cyan: #1b7c83 }
@media (prefers-color-scheme: dark) {
  svg { --window: #0d1117; --edge: #3d444d; --text: #e6edf3; --dim: #9198a1; --red: #ff7b72;
    --green: #56d364; --yellow: #e3b341; --blue: #79c0ff; --magenta: #d2a8ff; --cyan: #56d4dd }
}
@media (prefers-reduced-motion: reduce) { .film { animation: none !important } }
"""


class Cell(str):
    """A character of the screen with the CSS classes of its colors."""

    style: str

    def __new__(cls, char: str, style: str) -> Cell:
        """Create a cell."""
        cell = super().__new__(cls, char)
        cell.style = style
        return cell


class ColorScreen(Screen):
    """A screen that keeps colors, bold and dim."""

    def _reset(self) -> None:
        super()._reset()
        self._style: dict[str, str] = {}

    def _write(self, text: str) -> None:
        style = " ".join(self._style.values())
        for char in text:
            self._put(Cell(char, style))

    def _sequence(self, parameters: str, final: str) -> None:
        if final == "m" and not parameters.startswith("?"):
            self._set_style([int(word or 0) for word in parameters.split(";")])
        else:
            super()._sequence(parameters, final)

    def _set_style(self, numbers: list[int]) -> None:
        for number in numbers:
            if number == 0:
                self._style.clear()
            elif number in (1, 2):
                self._style["weight"] = "bold" if number == 1 else "dim"
            elif number == 22:
                self._style.pop("weight", None)
            elif number == 39:
                self._style.pop("color", None)
            elif 30 <= number <= 37 or 90 <= number <= 97:
                self._style["color"] = f"c{number % 10}"

    def lines(self) -> tuple[str, ...]:
        """Return the rows as SVG, without empty rows at the end."""
        rows = [_row(row) for row in self._cells]
        while rows and not rows[-1]:
            rows.pop()
        return tuple(rows)


def _row(cells: Sequence[str]) -> str:
    """Return one row as SVG text spans, an empty string if the row is blank."""
    spans = []
    for style, group in groupby(cells, lambda cell: getattr(cell, "style", "")):
        text = escape("".join(group), quote=False)
        spans.append(f'<tspan class="{style}">{text}</tspan>' if style else text)
    return "".join(spans).rstrip()


class Frame(NamedTuple):
    """The content of the screen from a time on, in seconds since the start."""

    time: float
    lines: tuple[str, ...]


class Recorder:
    """Types commands at a prompt, runs them in a folder and keeps every state of the screen."""

    def __init__(self, folder: Path, rows: int = ROWS, columns: int = COLUMNS) -> None:
        """Create a recorder with an empty screen."""
        self.folder = folder
        self.screen = ColorScreen(rows, columns)
        self.frames: list[Frame] = []
        self.time = 0.0

    def type(self, command: str) -> None:
        """Show a prompt and a command typed character by character."""
        self._show("\x1b[1;32m$\x1b[0m ", 0)
        self.time += BEFORE_COMMAND
        for char in command:
            self._show(char, TYPING)
        self._show("\r\n", 0.3)

    def run(self, command: str) -> None:
        """Run a command at a terminal and show its output at the times at which it came."""
        screen = self.screen
        env = {**environment(self.folder.parent), "TERM": "xterm-256color"}
        env.pop("COLUMNS")
        child: pexpect.spawn[str] = pexpect.spawn(
            "bash",
            ["-c", command],
            cwd=str(self.folder),
            env=env,
            dimensions=(screen.rows, screen.columns),
            encoding="utf-8",
            timeout=300,
        )
        before = time.monotonic()
        while True:
            try:
                output = child.read_nonblocking(65536, timeout=300)
            except pexpect.EOF:
                break
            now = time.monotonic()
            output = output.replace(f"{self.folder}/", "")
            self._show(output, min(now - before, LONGEST_PAUSE))
            before = now
        child.close()

    def _show(self, output: str, seconds: float) -> None:
        self.time += seconds
        self.screen.feed(output)
        lines = self.screen.lines()
        if not self.frames or self.frames[-1].lines != lines:
            self.frames.append(Frame(self.time, lines))


def svg(frames: Sequence[Frame], title: str, columns: int = COLUMNS) -> str:
    """Return the frames as one SVG: a film that moves up by one screen at each frame."""
    rows = max(len(frame.lines) for frame in frames)
    lines = {line: f"l{number}" for number, line in enumerate(_distinct(frames))}
    width = columns * WIDTH + 2 * MARGIN
    screen = rows * HEIGHT + MARGIN
    total = frames[-1].time + AT_END
    steps = [
        f"{100 * frame.time / total:.3f}% {{ transform: translateY(-{number * screen}px) }}"
        for number, frame in enumerate(frames)
    ]
    last = (len(frames) - 1) * screen
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {screen + BAR:g}"'
        f' width="{width:g}" height="{screen + BAR:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}@keyframes film {{ {' '.join(steps)} 100% {{ transform:"
        f" translateY(-{last}px) }} }}",
        f".film {{ transform: translateY(-{last}px);"
        f" animation: film {total:.2f}s step-end infinite }}</style>",
        f'<rect class="window" x=".5" y=".5" width="{width - 1:g}" height="{screen + BAR - 1:g}"'
        ' rx="8"/>',
        *(
            f'<circle class="dot" cx="{MARGIN + 4 + 18 * n}" cy="{BAR / 2:g}" r="5"/>'
            for n in range(3)
        ),
        "<defs>",
        *(f'<text id="{name}">{line}</text>' for line, name in lines.items()),
        "</defs>",
        f'<svg y="{BAR}" width="{width:g}" height="{screen}"><g class="film">',
    ]
    for number, frame in enumerate(frames):
        for row, line in enumerate(frame.lines):
            if line:
                bottom = number * screen + (row + 1) * HEIGHT - 4
                parts.append(f'<use href="#{lines[line]}" x="{MARGIN}" y="{bottom}"/>')
    parts.append("</g></svg></svg>")
    return "\n".join(parts) + "\n"


def _distinct(frames: Sequence[Frame]) -> list[str]:
    return list(dict.fromkeys(line for frame in frames for line in frame.lines if line))


def plain_lines(text: str) -> list[str]:
    """Return the distinct lines of a recording without colors."""
    from html import unescape

    found = re.findall(r'<text id="l\d+">(.*)</text>', text)
    return [unescape(re.sub(r"</?tspan[^>]*>", "", line)) for line in found]


def record(commands: Sequence[str], title: str) -> str:
    """Run commands in a folder with the files that README.md shows; return the SVG."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        folder.mkdir()
        for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")):
            if block.title is not None:
                write(block, folder)
        recorder = Recorder(folder)
        for command in commands:
            recorder.type(command)
            recorder.run(command)
    return svg(recorder.frames, title)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record sessions and write their files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "recordings")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECORDINGS))
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or RECORDINGS:
        path = options.folder / f"{name}.svg"
        title = "A terminal: " + ", ".join(RECORDINGS[name])
        path.write_text(record(RECORDINGS[name], title), encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
