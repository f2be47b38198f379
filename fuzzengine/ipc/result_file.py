"""The result file, in which a test program reports facts to the command that runs it.

The command names the file with the internal flag -resultfile (Go: -test.testlogfile). The program
appends JSON objects to it, one a line:

    {"NoTests": true}        no test, and no seed of a fuzz test, was selected
    {"NoFuzzTests": true}    no fuzz test was selected for fuzzing
    {"Written": "PATH"}      a failing input was written to testdata
    {"CannotRun": "REASON"}  the program could not go on, whatever its tests do
    {"Failing": "NAME"}      a test has failed; its report follows, unless that ends the program
    {"Status": 3}            the program ends with this exit status, which is neither 0 nor 1

The last line is `finished`. Without it the code under test has ended the program, such as by
`os._exit(0)`, whatever the exit status says.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


_FINISHED = "finished"


class ProgramResult:
    """The contents of a result file.

    Attributes:
        no_tests: no test, and no seed of a fuzz test, was selected.
        no_fuzz_tests: no fuzz test was selected for fuzzing.
        written: the paths of failing inputs that were written to testdata.
        cannot_run: the reason why the program could not go on, or "".
        failing: the name of the last test that has failed.
        status: the exit status that the program chose if that is neither 0 nor 1, else 0.
        finished: the program has come to its own end.
    """

    __slots__ = (
        "cannot_run",
        "failing",
        "finished",
        "no_fuzz_tests",
        "no_tests",
        "status",
        "written",
    )

    def __init__(self) -> None:
        self.no_tests = self.no_fuzz_tests = self.finished = False
        self.written: list[str] = []
        self.failing = self.cannot_run = ""
        self.status = 0


def create(path: str) -> bool:
    """Create the result file; return whether that was possible.

    It is not empty, so that its last line fits in even if the disk is full by then.
    """
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"\n")
    except OSError:
        return False
    return True


def finish(path: str) -> None:
    """Add the last line; do nothing without a path, or if it cannot be written."""
    _append(path, _FINISHED)


def append(path: str, fields: Mapping[str, object]) -> bool:
    """Append a line to the result file; return False without a path or if writing fails."""
    import json

    return _append(path, json.dumps(fields))


def _append(path: str, line: str) -> bool:
    if not path:
        return False
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError:
        return False
    return True


def read(path: str) -> ProgramResult:
    """Read the result file of a program that has ended; without a file nothing was reported."""
    result = ProgramResult()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return result
    result.finished = _FINISHED in lines
    records = [line for line in lines if line not in ("", _FINISHED)]
    if not records:
        return result
    import json

    for line in records:
        try:
            fields = json.loads(line)
        except ValueError:
            # The program was killed while it wrote the line.
            continue
        result.no_tests |= "NoTests" in fields
        result.no_fuzz_tests |= "NoFuzzTests" in fields
        if "Written" in fields:
            result.written.append(fields["Written"])
        result.failing = fields.get("Failing", result.failing)
        result.status = fields.get("Status", result.status)
        result.cannot_run = fields.get("CannotRun", result.cannot_run)
    return result
