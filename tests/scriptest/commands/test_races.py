"""Commands that write, while a program keeps replacing folders and files by links that lead out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scriptest.run.executor import Executor
from scriptest.run.options import Options
from scriptest.suite.suite import Selected
from tests.scriptest.conftest import RunText

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2"),
]

ROUNDS = 20
TRIES = 20
"""How often every command runs between two signs of life of the program."""

# `sub` and `link`, a folder and a link to one outside, change places again and again; so do `file`
# and `hard`, a file and another name of one outside. What the script has removed is made again.
SWAP = """
import contextlib, ctypes, itertools, os, sys

outside = os.fsencode(sys.argv[1])
rename = ctypes.CDLL(None, use_errno=True).renameat2
here, exchange = -100, 2


def link():
    with contextlib.suppress(OSError):
        os.unlink(b"hard")
        os.link(outside + b"/kept", b"hard")


def make():
    with contextlib.suppress(OSError):
        os.makedirs(b"sub/folder/below", exist_ok=True)
    with contextlib.suppress(OSError):
        os.symlink(outside, b"link")


open("file", "w").close()
open("hard", "w").close()
make()
for count in itertools.count():
    if count % 50 == 0:
        print("round", count // 50, flush=True)
    if rename(here, b"sub", here, b"link", exchange):
        make()
    link()
    rename(here, b"file", here, b"hard", exchange)
"""

LINES = {
    "append": "append sub/new text",
    "append to a file": "append sub/kept text",
    "append to a hard link": "append file text",
    "edit": "addcrlf sub/kept",
    "edit a hard link": "addcrlf file",
    "cp": "cp one sub/new",
    "cp over": "cp one sub/kept",
    "cp into a folder": "cp one sub",
    "cp over a hard link": "cp one file",
    "cp a buffer": "cp stdout sub/new",
    "mkdir": "mkdir sub/new",
    "mkdir deep": "mkdir sub/new/deeper/deepest",
    "chmod": "chmod 777 sub/kept",
    "chmod a folder": "chmod 777 sub/folder",
    "chmod a hard link": "chmod 777 file",
    "mv": "cp one two\nmv two sub/new",
    "mv over": "cp one two\nmv two sub/kept",
    "mv away": "mv sub/kept taken",
    "rm": "rm sub/kept",
    "rm a folder": "rm sub/folder",
    "rm a tree": "rm sub",
    "symlink": "symlink sub/new -> one",
    "exec -out": "exec -out=sub/new echo text",
    "exec -out over": "exec -out=sub/kept echo text",
    "exec -err": "exec -err=file sh -c 'echo text >&2'",
    "archive": "include more.txtar\nrm sub/new",
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_nothing_is_written_outside(run_text: RunText, tmp_path: Path, lines: str) -> None:
    outside = tmp_path / "outside"
    (outside / "folder" / "below").mkdir(parents=True, mode=0o700)
    (outside / "kept").write_text("1\n2\n")
    (outside / "kept").chmod(0o600)
    before = state(outside)
    script = f"exec python3 swap.py {outside} &swap&\nunquote more.txtar\necho text\n"
    for number in range(ROUNDS):
        script += f"waitfor swap '^round {number}$'\n" + f"{lines}\n" * TRIES
    script += f"kill swap\n-- one --\n1\n-- more.txtar --\n>-- sub/new --\n-- swap.py --\n{SWAP}"
    result = run_text(script, keep_going=True)
    log = result.phases[-1].log
    assert log.count(lines.partition("\n")[0]) >= ROUNDS * TRIES
    assert "> kill swap" in log
    assert "already over" not in log
    assert state(outside) == before


@pytest.mark.parametrize("line", ["cmp stdout sub/kept", "cmpjson stdout sub/kept"])
def test_no_golden_file_is_updated_outside(tmp_path: Path, line: str) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "kept").write_text("0\n")
    script = f"exec python3 swap.py {outside} &swap&\n"
    for number in range(ROUNDS):
        script += f"waitfor swap '^round {number}$'\n"
        script += "".join(f"echo 1{number}{index:03}\n{line}\n" for index in range(TRIES))
    script += f"kill swap\n-- sub/kept --\n0\n-- swap.py --\n{SWAP}"
    executor = Executor(Options(keep_going=True))
    try:
        selected = Selected("t.txt", str(tmp_path / "t.txt"))
        attempt = executor.attempt(selected, data=script.encode(), update=True)
    finally:
        executor.close()
    assert attempt.result.phases[-1].log.count(line) >= ROUNDS * TRIES
    assert attempt.goldens is not None
    assert attempt.goldens.replaced()
    assert (outside / "kept").read_text() == "0\n"


def state(folder: Path) -> list[tuple[str, int, bytes]]:
    """Return the name, mode and content of everything below a folder."""
    return [
        (str(path), path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    ]
