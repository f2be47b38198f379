"""Runs the console sessions of README.md and docs/ and writes their outputs into the pages.

    python -m tools.outputs [--check] [PAGE ...]

A session is a block marked `console` that begins with `$ `. All sessions of a page run one after
another in one folder, which gets the files of the page: a block with a title is written when it is
reached. What differs from run to run, such as times and seeds, does not count as a difference.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.pages import PAGES, Block, blocks, write

SECONDS = 300
_UNSTABLE = (
    (re.compile(r"^[ ~^]+\n", re.M), ""),  # versions of Python mark different parts of a line
    (re.compile(r"^fuzz: (elapsed|minimizing)\b.*\n", re.M), ""),
    (re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8}([0-9a-f]{8})?(?![0-9a-zA-Z])"), "HASH"),
    (re.compile(r"\b(\d+h)?(\d+m)?\d[\d.]*m?s\b"), "0s"),
    (re.compile(r"\d[\d.,]*"), "0"),
    (re.compile(r"[ \t]+"), " "),
)


def rewritten(text: str) -> str:
    """Return a page whose sessions show what their commands print now."""
    pieces: list[str] = []
    end = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        folder.mkdir()
        for block in blocks(text):
            if block.title is not None:
                write(block, folder)
            elif block.commands:
                pieces += [text[end : block.start], session(block, folder)]
                end = block.start + len(block.content)
    return "".join(pieces) + text[end:]


def session(block: Block, folder: Path) -> str:
    """Return the commands of a session, each followed by its output."""
    lines = []
    for command in block.commands:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment(folder.parent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        output = done.stdout.replace(f"{folder}/", "").replace(str(folder.parent), "~")
        lines.append(
            f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in output.splitlines())
        )
    return "".join(lines)


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a new user, with the programs of this interpreter."""
    programs = Path(sys.executable).parent
    return {
        "COLUMNS": "80",
        "HOME": str(home),
        "HYPOTHESIS_NO_PLUGINS": "1",
        "LANG": "C.UTF-8",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(home),
    }


def masked(text: str) -> str:
    """Return a page without what differs from run to run."""
    for pattern, replacement in _UNSTABLE:
        text = pattern.sub(replacement, text)
    return text


def has_sessions(text: str) -> bool:
    """Report whether a page has console sessions."""
    return any(block.commands for block in blocks(text))


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite or check pages; return 1 if a check found a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    options = parser.parse_args(arguments)
    changed = []
    for page in options.pages or PAGES:
        text = page.read_text(encoding="utf-8")
        new = rewritten(text) if has_sessions(text) else text
        if masked(new) != masked(text):
            changed.append(page)
            if not options.check:
                page.write_text(new, encoding="utf-8")
    for page in changed:
        print(f"{page}: {'out of date' if options.check else 'rewritten'}")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
