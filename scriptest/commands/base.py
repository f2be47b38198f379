"""Types of commands and conditions, as data for help, checks and reference pages."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base.errors import (
    CheckFailed,
    FileError,
    Location,
    ScriptError,
    UsageError,
    check_host,
    reason_of,
)
from scriptest.language.parser import Line, Word, quote_word
from scriptest.process.process import NO_REDIRECTS, Redirects
from scriptest.process.which import not_found
from scriptest.sandbox.buffers import BUFFERS
from scriptest.sandbox.jobs import Job
from scriptest.sandbox.state import ProgramInput

if TYPE_CHECKING:
    from typing import Protocol

    from scriptest.compare.goldens import Instability
    from scriptest.language.parser import Script
    from scriptest.sandbox.state import State

    class VocabularyProtocol(Protocol):
        """The part of the engine's vocabulary that commands use."""

        def command(self, name: str) -> "Command":
            """Return the command of that name; raise UnknownCommand for an unknown name."""

        def known_condition(self, text: str) -> "Condition":
            """Return the condition that text names; raise UnknownCondition for an unknown name."""

        def all_commands(self) -> list["Command"]:
            """Return every command by name, those of other packages included."""

        def all_conditions(self) -> list["Condition"]:
            """Return every condition, the built-in ones first."""

    class Interpreter(Protocol):
        """The part of the engine that commands use."""

        @property
        def vocabulary(self) -> VocabularyProtocol:
            """The commands and conditions that the script may use."""

        def run(self, script: Script) -> None:
            """Run another script's lines in the place of the command that asks."""

        def prepare(self, line: Line, file: str) -> Callable[[], None]:
            """Expand a line's variables now, and return what executes its command later."""


class Negation(Enum):
    """What `!` before a command means."""

    REFUSED = "the command cannot fail as a test"
    INVERTED = "the command must fail"
    OWN = "the command checks the opposite itself"


class Flag(NamedTuple):
    """A flag before a command's arguments."""

    name: str
    value: str = ""
    """The name of the value in the synopsis; empty for a flag without one."""
    help: str = ""
    spaced: bool = False
    """Whether the value may also be the next word, `-name value`."""


class Command(NamedTuple):
    """A command of the script language."""

    name: str
    run: Callable[["Call"], Job | None]
    """Runs it, or starts it and returns its job."""
    arguments: str
    """The arguments as the synopsis shows them, flags left out."""
    summary: str
    detail: str = ""
    flags: tuple[Flag, ...] = ()
    least: int = 0
    """How many arguments it needs."""
    most: int | None = None
    """How many it takes; None for any number."""
    pattern: int = -1
    """The index of the argument that is a pattern; -1 if none is."""
    free: bool = False
    """Whether an argument that looks like an unknown flag is just an argument."""
    negation: Negation = Negation.REFUSED
    background: bool = False
    """Whether it may run in the background."""
    nested: bool = False
    """Whether its arguments are another command, with its own arguments and perhaps a prefix."""
    preset: tuple[Word, ...] = ()
    """Words before those of each line; their variables are expanded as if they were there."""

    @property
    def synopsis(self) -> str:
        """How the command is written."""
        flags = (f"[{flag_text(flag)}]" for flag in self.flags)
        return " ".join(filter(None, (self.name, *flags, self.arguments)))


def flag_text(flag: Flag) -> str:
    """Return a flag as it is written, `-count=N`."""
    return f"-{flag.name}={flag.value}" if flag.value else f"-{flag.name}"


def inner_line(line: Line) -> Line:
    """Return the line of a nested command: `rm x` for `defer rm x`.

    Raises:
        UsageError: there is no nested command.
    """
    words, prefix = line.words[1:], ""
    if words and not words[0].is_quoted and words[0].raw in ("!", "?"):
        prefix, words = words[0].raw, words[1:]
    if not words:
        raise UsageError(f"{line.words[0].raw} needs a command")
    text = line.text[line.words[1].column - 1 :]
    return Line(line.number, text, (), prefix, words, None)


class Condition(NamedTuple):
    """A condition of a guard."""

    name: str
    test: Callable[["State", str], bool]
    """Takes the state and the text after the colon; raises ValueError for a bad one."""
    summary: str
    suffix: str = ""
    """The suffix after the colon, for help; empty for a condition without one."""


class Call:
    """One execution of a command: its expanded arguments, and their places."""

    __slots__ = (
        "args", "columns", "command", "file", "flags", "given", "interpreter", "line", "state",
    )  # fmt: skip

    def __init__(
        self, state: "State", command: Command, line: Line, file: str, interpreter: "Interpreter"
    ) -> None:
        """Begin a call without arguments."""
        self.state = state
        self.command = command
        self.line = line
        self.file = file
        self.interpreter = interpreter
        self.args: list[str] = []
        self.columns: list[int] = []
        self.flags: dict[str, str] = {}
        self.given: list[tuple[str, str]] = []

    def values(self, flag: str) -> list[str]:
        """Return the values of a flag that may be repeated, in order."""
        return [value for name, value in self.given if name == flag]

    @property
    def negated(self) -> bool:
        """Whether the prefix of the command is `!`."""
        return self.line.prefix == "!"

    def location(self, argument: int | None = None) -> Location:
        """Return the place of the command, or of one of its arguments."""
        column = self.line.words[0].column
        if argument is not None and argument < len(self.columns):
            column = self.columns[argument]
        return Location(self.file, self.line.number, column)

    def usage(self, message: str, argument: int | None = None) -> UsageError:
        """Return the error for a wrong use of the command."""
        return UsageError(message, self.location(argument))

    def error(self, message: str, argument: int | None = None) -> ScriptError:
        """Return an error that `!` does not turn into success."""
        return ScriptError(message, self.location(argument))

    def read(self, argument: int) -> bytes:
        """Return the content of the buffer or file that an argument names.

        Raises:
            FileError: it cannot be read, which `!` does not turn into success.
        """
        try:
            return self.state.read(self.args[argument])
        except OSError as error:
            raise self._unreadable(argument, error) from None

    def read_file(self, argument: int) -> bytes:
        """Return the content of the file that an argument names, even if a buffer has that name.

        Raises:
            FileError: it cannot be read, which `!` does not turn into success.
        """
        try:
            return self.state.read_file(self.args[argument])
        except OSError as error:
            raise self._unreadable(argument, error) from None

    def _unreadable(self, argument: int, error: OSError) -> FileError:
        check_host(error)
        message = f"{self.command.name} {self.args[argument]}: {reason_of(error)}"
        return FileError(message, self.location(argument))

    def write(self, name: str, data: bytes, *, append: bool = False) -> None:
        """Write a file of the work folder, or append to it.

        Raises:
            CheckFailed: it is outside, by its name or through a link, or cannot be written.
        """
        try:
            self.state.write(name, data, append=append)
        except OSError as error:
            check_host(error)
            raise CheckFailed(f"{self.command.name} {name}: {reason_of(error)}") from None

    def read_golden(self, argument: int, actual: int) -> bytes | None:
        """Return the content of a golden file; None if it is missing and may be created.

        Args:
            argument: the index of the argument that names the golden file.
            actual: the index of the argument that names the buffer or file to compare.

        Raises:
            FileError: it cannot be read, which `!` does not turn into success.
        """
        goldens = self.state.goldens
        if goldens is not None and not self.negated and self.args[argument] not in BUFFERS:
            name = self.args[actual]
            compared = "" if name in BUFFERS else self.state.path(name)
            if goldens.may_create(self.state.path(self.args[argument]), compared):
                return None
        return self.read(argument)

    def run_in_background(self, job: Job, name: str = "") -> None:
        """Let a job run while the script goes on, as `&name&` does; it ends with the script.

        Raises:
            UsageError: a background job of that name is already running.
        """
        jobs = self.state.jobs
        if name and jobs.named(name):
            raise self.usage(f"a background job named {name} is already running")
        jobs.start_in_background(job, name)

    def update(
        self,
        argument: int,
        make: Callable[[bytes], bytes],
        explain: "Callable[[str, str], Instability]",
    ) -> bool:
        """Replace a golden file, or create it, if the run updates golden files.

        Args:
            argument: the index of the argument that names the golden file.
            make: returns the new content for the current one; may raise GoldenError.
            explain: returns how to accept two contents that two runs led to.

        Returns:
            Whether it was replaced. If not, the comparison has failed.
        """
        goldens, name = self.state.goldens, self.args[argument]
        if goldens is None or name in BUFFERS:
            return False
        from scriptest.compare.goldens import Comparison

        comparison = Comparison(self.location(), explain)
        return goldens.replace(self.state.path(name), make, self.state, comparison)

    def program(
        self,
        argv: Sequence[str],
        *,
        executable: str | None = None,
        redirects: Redirects = NO_REDIRECTS,
        env: Mapping[str, str] | None = None,
        entry_point: str = "",
    ) -> Job:
        """Start a program of the script and return its job.

        Args:
            argv: its name, looked for on the script's PATH, and its arguments.
            executable: the absolute path of the program, if known.
            redirects: files that it reads or writes instead; the caller closes them.
            env: default values of variables that the script does not set.
            entry_point: `module:function` of a program in Python; a process that has the module
                loaded is forked for each start.

        Raises:
            CheckFailed: it is not found, or cannot be started.
        """
        state = self.state
        path = executable or state.find_program(argv[0])
        if path is None:
            message = not_found(argv[0], state.cwd)
            if state.dialect.program_must_exist:
                raise self.error(message)
            state.log.write("[not found]")
            raise CheckFailed(message)
        given = state.next_input
        if given.typed and (self.line.background is not None or "bg" in self.flags):
            raise self.error("a program in the background cannot have the terminal of ttyin")
        if given.types_stdin and redirects.stdin >= 0:
            raise self.usage("`ttyin -stdin` has already given the next program its input")
        state.next_input = ProgramInput()
        whole = {**env, **state.env} if env else None
        try:
            running = state.start(
                argv, path, given=given, redirects=redirects, env=whole, entry_point=entry_point
            )
        except OSError as error:
            check_host(error)
            raise CheckFailed(f"{argv[0]}: {reason_of(error)}") from None
        return Job(running, spell(argv), self.location())


def spell(argv: Sequence[str]) -> str:
    """Return a command as a script would spell it, with the quotes it needs."""
    return " ".join(repr(word) if "\n" in word else quote_word(word) for word in argv)
