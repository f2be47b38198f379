"""A program that keeps replacing folders and files by links that lead out of the work folder."""

from __future__ import annotations

from pathlib import Path

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
"""Lines that write below `sub`, or to `file`; a script needs the files of `ARCHIVE`."""

ARCHIVE = f"""\
-- one --
1
-- more.txtar --
>-- sub/new --
-- swap.py --
{SWAP}"""


def make_outside(folder: Path) -> list[tuple[str, int, bytes]]:
    """Create the folder to which the links lead, and return its contents."""
    (folder / "folder" / "below").mkdir(parents=True, mode=0o700)
    (folder / "kept").write_text("1\n2\n")
    (folder / "kept").chmod(0o600)
    return contents(folder)


def contents(folder: Path) -> list[tuple[str, int, bytes]]:
    """Return the name, mode and content of everything below a folder."""
    return [
        (str(path), path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    ]
