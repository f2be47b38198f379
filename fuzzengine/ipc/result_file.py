"""The result file, in which a test program reports facts to the command that runs it.

The command names the file with the internal flag -resultfile (Go: -test.testlogfile). The program
appends one fact a line, its name and its value, which stands there as UTF-8 in hexadecimal:

    no-tests              no test, and no seed of a fuzz test, was selected
    no-fuzz-tests         no fuzz test was selected for fuzzing
    written PATH          a failing input was written to testdata
    cannot-run REASON     the program could not go on, whatever its tests do
    failing NAME          a test has failed; its report follows, unless that ends the program
    status 3              the program ends with this exit status: 2 or 3

The last line of a program that passes is `finished`. Without it exit status 0 comes from the code
under test, such as from `os._exit(0)`.
"""

from __future__ import annotations

import os

NO_TESTS = "no-tests"
NO_FUZZ_TESTS = "no-fuzz-tests"
WRITTEN = "written"
CANNOT_RUN = "cannot-run"
FAILING = "failing"
STATUS = "status"
_FINISHED = "finished"
_STATUSES = ("2", "3")


class ProgramResult:
    """The contents of a result file.

    Attributes:
        no_tests: no test, and no seed of a fuzz test, was selected.
        no_fuzz_tests: no fuzz test was selected for fuzzing.
        written: the paths of failing inputs that were written to testdata.
        cannot_run: the reason why the program could not go on, or "".
        failing: the name of the last test that has failed.
        status: the exit status that the program chose if that is 2 or 3, else 0.
        finished: the program has come to its own end, and passed.
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


def remove(path: str) -> None:
    """Remove the result file, if it exists."""
    try:
        os.remove(path)
    except OSError:
        return


def finish(path: str) -> None:
    """Add the last line; do nothing without a path, or if it cannot be written."""
    _append(path, _FINISHED)


def append(path: str, name: str, value: str = "") -> bool:
    """Append a fact to the result file; return False without a path or if writing fails."""
    # In hexadecimal, because a codec for escapes takes longer to load than the file to write.
    return _append(path, f"{name} {value.encode('utf-8', 'surrogatepass').hex()}")


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
            lines = file.read().split("\n")
    except OSError:
        return result
    # After the last line end is nothing, or a line during which the program was killed.
    for line in lines[:-1]:
        name, _, digits = line.partition(" ")
        _record(result, name, _decoded(digits))
    return result


def _record(result: ProgramResult, name: str, value: str) -> None:
    result.finished |= name == _FINISHED
    result.no_tests |= name == NO_TESTS
    result.no_fuzz_tests |= name == NO_FUZZ_TESTS
    if name == WRITTEN:
        result.written.append(value)
    elif name == CANNOT_RUN:
        result.cannot_run = value
    elif name == FAILING:
        result.failing = value
    elif name == STATUS and value in _STATUSES:
        result.status = int(value)


def _decoded(digits: str) -> str:
    try:
        return bytes.fromhex(digits).decode("utf-8", "surrogatepass")
    except ValueError:
        # The code under test has written to the file.
        return ""
