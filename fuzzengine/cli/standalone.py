"""Writes a package's test program as one executable file (Go: go test -c)."""

from __future__ import annotations

import os
import sys

from scriptest.base.files import write_file

_TEXT = """\
#!{interpreter} -P
# The test program of a folder, written by `fuzzengine test -c`.
import sys

sys.path.append({root!r})
from fuzzengine.program.main import main

main({folder!r})
"""


def write_program(path: str, folder: str) -> None:
    """Write an executable file that runs the tests of a folder, in any working directory.

    Raises:
        OSError: the file cannot be written.
    """
    engine = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    text = _TEXT.format(
        interpreter=sys.executable, root=os.path.dirname(engine), folder=os.path.abspath(folder)
    )
    write_file(path, text.encode("utf-8"), mode=0o777)
