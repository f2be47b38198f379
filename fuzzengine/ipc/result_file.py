"""The result file, in which a test program reports facts to the command that runs it.

The command names the file with the internal flag -resultfile (Go: -test.testlogfile). The program
appends JSON objects, one a line, and creates the file with the first one:

    {"NoTests": true}        no test, and no seed of a fuzz test, was selected
    {"NoFuzzTests": true}    no fuzz test was selected for fuzzing
    {"Written": "PATH"}      a failing input was written to testdata
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ProgramResult:
    """The contents of a result file.

    Attributes:
        no_tests: no test, and no seed of a fuzz test, was selected.
        no_fuzz_tests: no fuzz test was selected for fuzzing.
        written: the paths of failing inputs that were written to testdata.
    """

    __slots__ = ("no_fuzz_tests", "no_tests", "written")

    def __init__(self) -> None:
        self.no_tests = self.no_fuzz_tests = False
        self.written: list[str] = []


def append(path: str, fields: Mapping[str, object]) -> None:
    """Append a line to the result file; do nothing without a path or if writing fails."""
    if not path:
        return
    import json

    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(fields) + "\n")
    except OSError:
        return


def read(path: str) -> ProgramResult:
    """Read the result file of a program that has ended; without a file nothing was reported."""
    result = ProgramResult()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return result
    import json

    for line in lines:
        try:
            fields = json.loads(line)
        except ValueError:
            # The program was killed while it wrote the line.
            continue
        result.no_tests |= "NoTests" in fields
        result.no_fuzz_tests |= "NoFuzzTests" in fields
        if "Written" in fields:
            result.written.append(fields["Written"])
    return result
