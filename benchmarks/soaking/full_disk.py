"""Updates scripts and records failing inputs on a disk that is nearly full (root only)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from .framework import LIMIT, Experiment, Finding, environment

_PAGE = 4096
_OLD = "exec seq 5000\ncmp stdout want\n-- want --\nold\n-- other --\nkept\n"
_NEW = _OLD.replace("old\n", "".join(f"{number}\n" for number in range(1, 5001)))
_TARGET = """
def FuzzIt(f):
    @f.fuzz
    def _(t, data: bytes):
        if data[:1] == b"a":
            if data[1:2] == b"b":
                t.error("found")
"""


@contextmanager
def _nearly_full(folder: Path, chance: random.Random) -> Iterator[Path]:
    """Mount a small file system, leave some pages of it free after `fill`, and unmount it."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "soak", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill(disk: Path, free: int) -> None:
    """Fill a disk up to some free pages."""
    with open(disk / "filler", "wb", buffering=0) as file:
        try:
            while file.write(bytes(_PAGE)):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() // _PAGE - free) * _PAGE)


def _run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder / "disk",
        env={**environment(folder), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def _common_losses(
    disk: Path, done: subprocess.CompletedProcess[str], expected: set[str]
) -> list[str]:
    losses = []
    if "Traceback" in done.stdout + done.stderr or "internal error" in done.stdout:
        losses.append(f"traceback: {(done.stdout + done.stderr)[-1500:]}")
    if done.returncode not in (0, 1, 2, 3):
        losses.append(f"exit status {done.returncode}")
    left = set(os.listdir(disk)) - expected
    return losses + [f"left on the disk: {name}" for name in sorted(left)]


def _update(folder: Path, chance: random.Random) -> Finding:
    with _nearly_full(folder, chance) as disk:
        script = disk / "a.txt"
        script.write_text(_OLD)
        _fill(disk, chance.randrange(24))
        temporary = {"TMPDIR": str(disk)} if chance.random() < 0.5 else {}
        done = _run(
            folder, "scriptest", "run", "--update", "--junit=report.xml", "a.txt", **temporary
        )
        losses = _common_losses(disk, done, {"a.txt", "filler", "report.xml"})
        text = script.read_text()
        if text not in (_OLD, _NEW):
            losses.append(f"the script was lost: {len(text)} characters are left")
        if done.returncode == 0 and text != _NEW:
            losses.append("it passed without an update")
        if (disk / "report.xml").exists():
            ElementTree.parse(disk / "report.xml")
        elif not done.returncode:
            losses.append("it passed without a report")
    return Finding("updated" if text == _NEW else "not updated", tuple(losses))


def _record(folder: Path, chance: random.Random) -> Finding:
    with _nearly_full(folder, chance) as disk:
        (disk / "it_test.py").write_text(_TARGET)
        _fill(disk, chance.randrange(6))
        where = chance.choice(("TMPDIR", "FUZZENGINE_CACHE", "PYTHON_SOAK"))
        done = _run(
            folder, "fuzzengine", "test", "-fuzz=FuzzIt", "-parallel=1", **{where: str(disk)}
        )
        expected = {"it_test.py", "filler", "testdata", "fuzz", "code", "__pycache__"}
        losses = _common_losses(disk, done, expected)
        files = [path for path in disk.glob("testdata/fuzz/*/*") if path.is_file()]
        whole = [
            path for path in files if path.read_bytes().startswith(b'go test fuzz v1\n[]byte("ab')
        ]
        losses += [f"not whole: {path.name}" for path in files if path not in whole]
        if done.returncode != 1 or not (whole or '[]byte("ab' in done.stdout):
            losses.append(f"status {done.returncode}, the input is lost: {done.stdout[-1500:]}")
    return Finding("recorded" if whole else "printed", tuple(losses))


EXPERIMENTS = (
    Experiment("full-disk", "--update on a disk that is nearly full", _update),
    Experiment("fuzz-full-disk", "a failing input on a disk that is nearly full", _record),
)
