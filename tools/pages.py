"""Parses pages: their blocks, the files that they show and the commands that they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"\n]+)\")?\n(?P<content>.*?)^```$", re.M | re.S
)


class Block(NamedTuple):
    """A fenced block of a page.

    Attributes:
        language: The language after the fence, or an empty string.
        title: The name of the file that the block shows, or None.
        content: The text, which ends with a newline unless it is empty.
        start: The offset of the content in the page.
        fence: The offset of the opening fence in the page.
    """

    language: str
    title: str | None
    content: str
    start: int
    fence: int

    @property
    def commands(self) -> list[str]:
        """The commands of a console session, or an empty list for other blocks."""
        if self.language != "console" or not self.content.startswith("$ "):
            return []
        return [line[2:] for line in self.content.splitlines() if line.startswith("$ ")]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    return [
        Block(
            found["language"],
            found["title"],
            found["content"],
            found.start("content"),
            found.start(),
        )
        for found in _BLOCK.finditer(text)
    ]


def write(block: Block, folder: Path) -> None:
    """Write the file that a block shows."""
    assert block.title is not None
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.content, encoding="utf-8")
