"""Errors of scripts, and the other ways a script can end before its last line."""

from __future__ import annotations

import errno

NO_MORE_THREADS = "no more processes or threads can be started (see `ulimit -u`)"

_EXHAUSTED = {
    errno.EAGAIN: NO_MORE_THREADS,
    errno.EMFILE: "too many open files (see `ulimit -n`)",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOMEM: "out of memory",
}


class Location:
    """A place in a script file, printed as `file:line:column:` or `file:line:`.

    Attributes:
        file: the path to show.
        line: 1-based; 0 for the whole file.
        column: 1-based, in characters; 0 for the whole line.
    """

    __slots__ = ("column", "file", "line")

    def __init__(self, file: str, line: int, column: int = 0) -> None:
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        if not self.line:
            return f"{self.file}:"
        if not self.column:
            return f"{self.file}:{self.line}:"
        return f"{self.file}:{self.line}:{self.column}:"

    def __repr__(self) -> str:
        return f"Location({self.file!r}, {self.line}, {self.column})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Location):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, int, int]:
        return self.file, self.line, self.column


class ScriptError(Exception):
    """A mistake in a script or its configuration; the prefix `!` does not invert it.

    Attributes:
        message: one line, without the place.
        location: the place of the mistake; None until a caller sets it.
    """

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(message, location)
        self.message = message
        self.location = location

    def __str__(self) -> str:
        return self.message if self.location is None else f"{self.location} {self.message}"


class ScriptSyntaxError(ScriptError):
    """A script line cannot be parsed."""


class UsageError(ScriptError):
    """A command or condition is used wrongly: unknown flag, missing argument, bad pattern."""


class OperatorError(UsageError):
    """A shell operator such as `&&` is used among the words of a line."""


class TemplateLimitError(ScriptError):
    """The templates of a matrix exceed a limit."""


class UnknownCommand(ScriptError):
    """A command is unknown; the message suggests the nearest known one."""


class UnknownCondition(ScriptError):
    """A condition is unknown; the message suggests the nearest known one."""


class FileError(ScriptError):
    """A file or folder that a command needs does not exist or cannot be read."""


class CheckFailed(Exception):
    """A program or a file failed as a test; the prefix `!` turns this into success.

    Attributes:
        message: the message; its first line is short enough for a summary.
        detail: further lines for the log, such as a diff; may be empty.
        location: the script line that failed, set by the interpreter.
        origin: the line of another file that failed, such as a step of a dialogue.
        shown: the names of the outputs whose important lines are in the detail, as the log
            names them; reports need not show these outputs again.
    """

    def __init__(
        self,
        message: str,
        detail: str = "",
        origin: Location | None = None,
        shown: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, detail)
        self.message = message
        self.detail = detail
        self.location: Location | None = None
        self.origin = origin
        self.shown = shown

    def __str__(self) -> str:
        return self.message


class HostError(Exception):
    """The host cannot run the script, for example because it is out of processes.

    That is not a failure of the script: the exit status of the run is that of an internal error.
    """


class Stop(Exception):
    """The script ends and passes (command `stop`)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Skip(Exception):
    """The script ends and counts as skipped (command `skip`)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def exhaustion(error: OSError) -> str:
    """Return the resource that is exhausted, as text, or "" if the error has another reason."""
    return _EXHAUSTED.get(error.errno or 0, "")


def check_host(error: OSError) -> None:
    """Check that a file or a program is at fault for a system error.

    Raises:
        HostError: a resource of the host is exhausted.
    """
    reason = exhaustion(error)
    if reason:
        raise HostError(reason) from None


def reason_of(error: OSError) -> str:
    """Return the reason of a system error as part of a sentence: `no such file or directory`."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]
