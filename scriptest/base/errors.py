"""The ways a script can end other than by reaching its last line."""

from __future__ import annotations


class Location:
    """A place in a script file, printed as `file:line:column:` or `file:line:`.

    Attributes:
        file: The path as it should be shown.
        line: 1-based; 0 when the whole file is meant.
        column: 1-based, counted in characters; 0 when the whole line is meant.
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
    """A mistake in a script or its configuration; `!` never turns it into a success.

    Attributes:
        message: One line, without the place.
        location: Where the mistake is, or None when whoever raised it cannot know.
            Whoever catches it and knows better may set it.
    """

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(message, location)
        self.message = message
        self.location = location

    def __str__(self) -> str:
        return self.message if self.location is None else f"{self.location} {self.message}"


class ScriptSyntaxError(ScriptError):
    """A script line that cannot be parsed."""


class UsageError(ScriptError):
    """A command or condition that is used wrongly: unknown flag, missing argument, bad pattern."""


class UnknownCommand(ScriptError):
    """A name that is no command; the message suggests the nearest known one."""


class UnknownCondition(ScriptError):
    """A name that is no condition; the message suggests the nearest known one."""


class FileError(ScriptError):
    """A file or folder that a command needs is not there, or cannot be read."""


class CheckFailed(Exception):
    """The program or a file failed as a test: exactly what the prefix `!` may wish for.

    Attributes:
        message: What failed; its first line is short enough for a summary.
        detail: More for the log, such as a diff; may be empty.
        location: The script line that failed, set by the interpreter.
        origin: The line of another file that failed, such as a step of a dialogue.
    """

    def __init__(self, message: str, detail: str = "", origin: Location | None = None) -> None:
        super().__init__(message, detail)
        self.message = message
        self.detail = detail
        self.location: Location | None = None
        self.origin = origin

    def __str__(self) -> str:
        return self.message


class Stop(Exception):
    """The script ends here and passes (command `stop`)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Skip(Exception):
    """The script ends here and counts as skipped (command `skip`)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def reason_of(error: OSError) -> str:
    """Return why the system refused something, as a message goes on after a colon."""
    return (error.strerror or str(error)).lower()
