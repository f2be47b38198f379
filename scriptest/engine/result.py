"""Types of results, from which every report is made."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from enum import Enum
from typing import NamedTuple

from scriptest.base.errors import Location
from scriptest.sandbox.log import LogEntry


class Status(Enum):
    """The outcome of a script: its label, whether it fails the run, its colour on a terminal."""

    PASSED = ("passed", False, "green")
    FAILED = ("failed", True, "red")
    SKIPPED = ("skipped", False, "yellow")
    INTERRUPTED = ("interrupted", True, "magenta")
    FLAKY = ("flaky", True, "yellow")
    """The script failed, and passed in a retry."""
    FLAKY_ALLOWED = ("flaky (allowed)", False, "yellow")
    XFAIL = ("xfail", False, "yellow")
    """The script failed, as its header expects."""
    XPASS = ("xpass", True, "red")
    """The script passed, although its header expects it to fail."""
    BROKEN = ("broken", True, "red")
    """Running the script failed with an internal error."""

    def __init__(self, label: str, is_failure: bool, colour: str) -> None:
        """Set the fields of a member."""
        self.label = label
        self.is_failure = is_failure
        self.colour = colour


class Failure(NamedTuple):
    """A failure and its location."""

    file: str
    line: int
    """1-based; 0 for the whole file."""
    column: int
    """1-based; 0 for the whole line."""
    message: str
    detail: str
    """More lines, such as a diff or the searched text; may be empty."""
    origin: Location | None = None
    """The line of another file that failed, such as a step of a dialogue."""
    shown: tuple[str, ...] = ()
    """The names of the outputs whose important lines are in the detail."""

    @property
    def place(self) -> str:
        """The location in the form `file:line:column`."""
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part)])


class Phase(NamedTuple):
    """One executed section of a script."""

    title: str
    line: int
    seconds: float
    entries: tuple[LogEntry, ...] = ()

    @property
    def log(self) -> str:
        """The entries as lines."""
        return "\n".join(map(str, self.entries))


class Result(NamedTuple):
    """The result of one script."""

    name: str
    """The name in reports, unique in a run."""
    file: str
    status: Status
    seconds: float
    phases: tuple[Phase, ...] = ()
    failure: Failure | None = None
    reason: str = ""
    """The reason why it was skipped or stopped."""
    kept: str = ""
    """The path of its work folder, if it was kept."""
    more: tuple[Failure, ...] = ()
    """Failures after the first one, with `--continue`."""
    attempts: int = 1
    """The number of attempts; the failure is that of the first one."""
    updated: tuple[str, ...] = ()
    """The names of the updated golden files of its archive."""
