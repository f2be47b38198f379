"""How a script ended, as plain data: what every report is made from."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from enum import Enum
from typing import NamedTuple

from scriptest.base.errors import Location


class Status(Enum):
    """An outcome: its name, whether it makes a run fail, and its colour on a terminal."""

    PASSED = ("passed", False, "green")
    FAILED = ("failed", True, "red")
    SKIPPED = ("skipped", False, "yellow")
    INTERRUPTED = ("interrupted", True, "magenta")
    FLAKY = ("flaky", True, "yellow")
    """It failed, and passed when it was tried again."""
    FLAKY_ALLOWED = ("flaky (allowed)", False, "yellow")
    XFAIL = ("xfail", False, "yellow")
    """It failed, as its header expects."""
    XPASS = ("xpass", True, "red")
    """It passed, although its header expects it to fail."""
    BROKEN = ("broken", True, "red")
    """The harness itself failed, not the script."""

    def __init__(self, label: str, is_failure: bool, colour: str) -> None:
        """Give a row of the table its names."""
        self.label = label
        self.is_failure = is_failure
        self.colour = colour


class Failure(NamedTuple):
    """A failure and its place."""

    file: str
    line: int
    """1-based; 0 if the whole file is meant."""
    column: int
    """1-based; 0 if the whole line is meant."""
    message: str
    detail: str
    """More lines: a difference, what was searched; may be empty."""
    origin: Location | None = None
    """The line of another file that failed, such as a step of a dialogue."""

    @property
    def place(self) -> str:
        """The place as editors and terminals read it, `file:line:column`."""
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part)])


class Phase(NamedTuple):
    """One section of a script that ran."""

    title: str
    line: int
    seconds: float
    log: str


class Result(NamedTuple):
    """The result of one script, as reports need it."""

    name: str
    """The name shown, unique in a run."""
    file: str
    status: Status
    seconds: float
    phases: tuple[Phase, ...] = ()
    failure: Failure | None = None
    reason: str = ""
    """Why it was skipped or stopped."""
    kept: str = ""
    """The path of its work folder, if it was kept."""
    more: tuple[Failure, ...] = ()
    """Further failures of a script that went on after the first."""
    attempts: int = 1
    """How often it was run; what is shown is the first failure."""
    updated: tuple[str, ...] = ()
    """The golden files of its archive that were rewritten."""
