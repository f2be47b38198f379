"""Types of a project's own commands, conditions and setups: what they may use, and what stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scriptest.base.errors import Location, ScriptError, UsageError
    from scriptest.sandbox.jobs import Job
    from scriptest.sandbox.shared import Shared


class State(Protocol):
    """Everything a script can change while it runs; no other script shares any of it."""

    @property
    def work(self) -> str:
        """The real path of the work folder."""

    @property
    def cwd(self) -> str:
        """The absolute path of the current folder; `chdir` changes it."""

    @property
    def env(self) -> dict[str, str]:
        """The environment: programs get it, and lines expand it; changes last for the script."""

    @property
    def flags(self) -> frozenset[str]:
        """Options of the run: `short`, `verbose`, `offline`."""

    @property
    def shared(self) -> Shared:
        """Values that the scripts of one suite share; `suite_setup` fills it."""

    @property
    def fixtures(self) -> Mapping[str, object]:
        """The fixtures of pytest that the script's header asks for, by name."""

    def path(self, name: str) -> str:
        """Return the absolute path that a script means by name."""

    def lookup(self, name: str) -> str:
        """Return the value of a variable; unset ones are empty."""

    def chdir(self, name: str) -> None:
        """Make a folder the current one.

        Raises:
            FileError: there is no such folder.
        """

    def find_program(self, name: str) -> str | None:
        """Return the path of a program on the script's PATH, or None."""

    def buffer(self, name: str) -> bytes:
        """Return the content of the buffer `stdout`, `stderr` or `ttyout`."""

    def set_buffers(self, stdout: bytes | str, stderr: bytes | str = b"") -> None:
        """Replace the stdout and stderr buffers, and log them."""

    def read(self, name: str) -> bytes:
        """Return the content of a buffer or file.

        Raises:
            OSError: there is no such file, or it cannot be read.
        """

    def write(self, name: str, data: bytes, *, append: bool = False) -> None:
        """Write a file of the work folder, or add to it.

        Raises:
            CheckFailed: it is outside the work folder.
            OSError: it cannot be written.
        """

    def note(self, text: str) -> None:
        """Add lines to the log, which is shown if the script fails."""

    def defer(self, action: Callable[[], object], text: str = "") -> None:
        """Call a function when the script ends, however it ends; the last one is called first.

        Args:
            action: the function; an exception fails the script.
            text: its name in the log.
        """


class Call(Protocol):
    """One execution of a command: its expanded arguments, and the state of the script."""

    @property
    def state(self) -> State:
        """The state of the script."""

    @property
    def args(self) -> list[str]:
        """The arguments after the flags."""

    @property
    def flags(self) -> dict[str, str]:
        """The values of the flags by name; a flag without a value has an empty one."""

    @property
    def negated(self) -> bool:
        """Whether the prefix of the command is `!`."""

    def values(self, flag: str) -> list[str]:
        """Return the values of a flag that may be repeated, in order."""

    def location(self, argument: int | None = None) -> Location:
        """Return the place of the command, or of one of its arguments."""

    def usage(self, message: str, argument: int | None = None) -> UsageError:
        """Return the error for a wrong use of the command; `!` does not invert it."""

    def error(self, message: str, argument: int | None = None) -> ScriptError:
        """Return an error that `!` does not invert."""

    def read(self, argument: int) -> bytes:
        """Return the content of the buffer or file that an argument names.

        Raises:
            FileError: it cannot be read.
        """

    def write(self, name: str, data: bytes, *, append: bool = False) -> None:
        """Write a file of the work folder, or add to it.

        Raises:
            CheckFailed: it is outside the work folder, or cannot be written.
        """

    def program(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Job:
        """Start a program of the script and return its job, which the command can return.

        Args:
            argv: its name, looked for on the script's PATH, and its arguments.
            env: default values of variables that the script does not set.

        Raises:
            CheckFailed: it is not found, or cannot be started.
        """

    def run_in_background(self, job: Job, name: str = "") -> None:
        """Let a job run while the script goes on, as `&name&` does; it ends with the script.

        Raises:
            UsageError: a background job of that name is already running.
        """
