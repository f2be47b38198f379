"""Parses flags in Go's syntax (`-v`, `-run X`, `--run=X`); holds those of the test program."""

from __future__ import annotations

from fuzzengine.base import framing
from fuzzengine.program.variables import is_go_test
from scriptest.base.duration import SECOND, parse_nanoseconds
from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from fuzzengine.findings.suppressions import Suppression

_HELP_COLUMN = 24
"""Widest column of flags in help texts."""
_SIZES = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")

NOCOVER_ALL = "all"
"""The value of -nocover that switches coverage off."""


class FlagError(Exception):
    """A flag is unknown or its value malformed; the message is the one of Go's flag package."""


class HelpWanted(FlagError):
    """`-h` or `-help` was given."""


class Budget:
    """A time or a number of executions, such as the value of `-fuzztime`; no limit if both are 0.

    Attributes:
        duration: nanoseconds.
        count: executions.
        corpus_only: every entry of the corpus is executed once, and nothing else.
    """

    __slots__ = ("corpus_only", "count", "duration")

    def __init__(self, duration: int = 0, count: int = 0, *, corpus_only: bool = False) -> None:
        self.duration = duration
        self.count = count
        self.corpus_only = corpus_only


class Flag:
    """One flag.

    Attributes:
        read: converts the text of a value; raises ValueError for a malformed one.
        default: the value if the flag is not given.
        help: a line of help; a word in backquotes names the value, as in Go's flag package.
        is_bool: the flag needs no value.
        internal: one program passes the flag to another; help does not list it.
    """

    __slots__ = ("default", "help", "internal", "is_bool", "read")

    def __init__(
        self,
        read: Callable[[str], Any],
        default: Any,
        text: str,
        *,
        is_bool: bool = False,
        internal: bool = False,
    ) -> None:
        self.read = read
        self.default = default
        self.help = text
        self.is_bool = is_bool
        self.internal = internal


def parse(
    arguments: Sequence[str],
    table: Mapping[str, Flag],
    *,
    interspersed: bool = False,
    texts: dict[str, str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Parse a command line.

    Args:
        arguments: the command line without the program.
        table: the flags by name; each is also accepted as `test.name`.
        interspersed: flags may follow other arguments, as with `go test`.
        texts: filled with the texts of the values, by name.

    Returns:
        The values of the given flags by name, without `test.`, and the other arguments.

    Raises:
        HelpWanted: `-h` or `-help` is given.
        FlagError: a flag is unknown, or its value is missing or malformed.
    """
    values: dict[str, Any] = {}
    rest: list[str] = []
    texts = {} if texts is None else texts
    queue = list(arguments)
    while queue:
        argument = queue.pop(0)
        if argument == "--":
            return values, rest + queue
        if len(argument) < 2 or not argument.startswith("-"):
            rest.append(argument)
            if interspersed:
                continue
            return values, rest + queue
        given, equals, text = argument.removeprefix("-").removeprefix("-").partition("=")
        if not given or given.startswith(("-", "=")):
            raise FlagError(f"bad flag syntax: {argument}")
        name = given.removeprefix("test.")
        flag = table.get(name)
        if flag is None:
            raise _undefined(given, name, table)
        if not equals:
            if flag.is_bool:
                text = "true"
            elif not queue:
                raise FlagError(f"flag needs an argument: -{given}")
            else:
                text = queue.pop(0)
        values[name] = _value(flag, given, text)
        texts[name] = text
    return values, rest


def _undefined(given: str, name: str, table: Mapping[str, Flag]) -> FlagError:
    if name in ("h", "help"):
        return HelpWanted(given)
    near = did_you_mean(name, _listed(table), "-" + given[: len(given) - len(name)])
    return FlagError(f"flag provided but not defined: -{given}{near}")


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ` (did you mean ...?)` for a misspelt name, or "" if no known name is close."""
    from scriptest.base.suggest import nearest

    near = nearest(name, known)
    return f" (did you mean {prefix}{near}?)" if near else ""


def usage(program: str, table: Mapping[str, Flag], prefix: str = "") -> str:
    """Return the help text of a table of flags."""
    return "\n".join([f"Usage of {program}:", *help_lines(table, prefix)]) + "\n"


def help_lines(table: Mapping[str, Flag], prefix: str = "") -> list[str]:
    """Return the help of each flag, one line each, in alphabetical order."""
    rows = []
    for name in _listed(table):
        flag = table[name]
        before, quote, rest = flag.help.partition("`")
        value, _, after = rest.partition("`")
        given = f"-{prefix}{name}"
        if quote:
            given += f" {value}"
        elif not flag.is_bool:
            given += " VALUE"
        rows.append((given, before + value + after))
    width = min(max((len(given) for given, _ in rows), default=0), _HELP_COLUMN)
    return [f"  {given:<{width}}  {text}" for given, text in rows]


def _listed(table: Mapping[str, Flag]) -> list[str]:
    return sorted(name for name, flag in table.items() if not flag.internal)


def _value(flag: Flag, given: str, text: str) -> Any:
    try:
        return flag.read(text)
    except ValueError as error:
        what = "boolean value" if flag.is_bool else "value"
        raise FlagError(f'invalid {what} "{text}" for flag -{given}: {error}') from None


def read_bool(text: str) -> bool:
    """Read a boolean (Go: strconv.ParseBool)."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("want true or false")


def _read_verbose(text: str) -> bool | str:
    return text if text == framing.VERBOSE else read_bool(text)


def read_int(text: str) -> int:
    """Read an integer, decimal or with a base such as 0x (Go: strconv.ParseInt)."""
    try:
        return int(text, 0)
    except ValueError:
        raise ValueError("want a whole number such as 42") from None


def read_duration(text: str) -> int:
    """Read a non-negative duration; return nanoseconds."""
    try:
        value = parse_nanoseconds(text)
    except ValueError:
        value = -1
    if value < 0:
        raise ValueError("want a time such as 30s")
    return value


def budget_reader(*, allow_zero: bool) -> Callable[[str], Budget]:
    """Return a function that reads budgets such as `10s` or `1000x` (Go: durationOrCountFlag)."""

    def read(text: str) -> Budget:
        if text.endswith("x"):
            digits = text[:-1]
            count = int(digits) if digits.isdecimal() and digits.isascii() else -1
            if count < 0 or (count == 0 and not allow_zero):
                raise ValueError("invalid count")
            return Budget(count=count)
        try:
            duration = parse_nanoseconds(text)
        except ValueError:
            raise ValueError("invalid duration") from None
        if duration < 0 or (duration == 0 and not allow_zero):
            raise ValueError("invalid duration")
        return Budget(duration=duration)

    return read


def read_fuzztime(text: str) -> Budget:
    """Read a budget for a campaign, or a time of 0, which Go refuses: only the corpus is run."""
    if not text.endswith("x") and not is_go_test():
        try:
            if parse_nanoseconds(text) == 0:
                return Budget(corpus_only=True)
        except ValueError:
            # The other reader reports it.
            pass
    return budget_reader(allow_zero=False)(text)


def read_size(text: str) -> int:
    """Read a size such as `512M` or `2GiB`; return bytes."""
    digits = text.rstrip("BKMGib")
    unit = text[len(digits) :].removesuffix("iB").removesuffix("B")
    if not (digits.isdecimal() and digits.isascii()) or unit not in _SIZES:
        raise ValueError("want a size such as 512M or 2GiB")
    return int(digits) * _SIZES[unit]


def _read_names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def read_dictionary(path: str) -> list[bytes]:
    """Read the words of a dictionary file."""
    from fuzzengine.mutation import dictionary

    return dictionary.parse(_read_text(path), path)


def read_suppressions(path: str) -> list[Suppression]:
    """Read a suppression file: the buckets of known failures."""
    from fuzzengine.findings.suppressions import parse

    return parse(_read_text(path), path)


def _read_text(path: str) -> str:
    try:
        return read_file(path).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    except OSError as error:
        raise ValueError(reason_of(error)) from None


def _read_detectors(text: str) -> tuple[str, ...]:
    from fuzzengine.findings.detectors import read_detectors

    return read_detectors(text)


PROGRAM_FLAGS = {
    "run": Flag(str, "", "run only the tests and seeds matching `RE`"),
    "skip": Flag(str, "", "do not run tests matching `RE`"),
    "list": Flag(str, "", "print the names of tests matching `RE` and run nothing"),
    "v": Flag(_read_verbose, False, "print every test and its log", is_bool=True),
    "short": Flag(read_bool, False, "tell long tests to shorten their run time", is_bool=True),
    "count": Flag(read_int, 1, "run tests and seeds `N` times"),
    "timeout": Flag(
        read_duration, 0, "stop the program if tests take longer than `D` (10m); 0: no limit"
    ),
    "parallel": Flag(read_int, 0, "fuzz with `N` workers; by default, one per CPU"),
    "fuzz": Flag(str, "", "fuzz the fuzz tests matching `RE`"),
    "fuzztime": Flag(
        read_fuzztime,
        Budget(),
        "fuzz for a time or number of executions `D` (30s, 1000x); else until a failure",
    ),
    "fuzzminimizetime": Flag(
        budget_reader(allow_zero=True),
        Budget(60 * SECOND),
        "minimize a failing input for `D` (60s, 1000x)",
    ),
    "fuzzexectime": Flag(
        read_duration,
        10 * SECOND,
        "treat an execution longer than `D` as a crash (10s)",
    ),
    "fuzzstarttime": Flag(read_duration, 10 * SECOND, "allow a worker `D` to start (10s)"),
    "fuzzcachedir": Flag(str, "", "keep interesting inputs below `DIR`"),
    "fuzzcrashdir": Flag(str, "", "record failing inputs below `DIR`", internal=True),
    "fuzzworker": Flag(
        read_bool, False, "run as a worker of a coordinator", is_bool=True, internal=True
    ),
    "keepgoing": Flag(
        read_bool, False, "continue after a failure; record one input per bucket", is_bool=True
    ),
    "mute": Flag(
        read_suppressions, None, "like -keepgoing, but ignore the buckets listed in `FILE`"
    ),
    "pdb": Flag(read_bool, False, "stop in the debugger where a test or input fails", is_bool=True),
    "detect": Flag(
        _read_detectors, (), "also report dangerous calls: `LIST` of all, code, path, ..."
    ),
    "gocompat": Flag(
        read_bool,
        False,
        "refuse what Go refuses, such as fuzzing two fuzz tests",
        is_bool=True,
    ),
    "corpusjob": Flag(str, "", "work on the corpus instead of fuzzing", internal=True),
    "fuzzevents": Flag(str, "", "print these events of campaigns", internal=True),
    "fuzzlive": Flag(
        read_bool, False, "a terminal shows the progress", is_bool=True, internal=True
    ),
    "resultfile": Flag(str, "", "write the result of the run to `FILE`", internal=True),
    "memlimit": Flag(
        read_size, 0, "treat using more memory than `SIZE` (512M) in a worker as a crash"
    ),
    "seed": Flag(read_int, None, "seed the random number generator with `N`"),
    "surrogates": Flag(
        read_bool,
        False,
        "also fuzz str arguments with lone surrogates, for bytes that are not UTF-8",
        is_bool=True,
    ),
    "dict": Flag(read_dictionary, [], "insert words of the dictionary `FILE` (AFL's format)"),
    "cover": Flag(_read_names, [], "also instrument the packages in `LIST` (a,b)"),
    "nocover": Flag(_read_names, [], "do not instrument the packages in `LIST` (a,b), or all"),
}


class ProgramFlags:
    """The values of PROGRAM_FLAGS, as attributes."""

    run: str
    skip: str
    list: str
    v: bool | str
    short: bool
    count: int
    timeout: int
    parallel: int
    fuzz: str
    fuzztime: Budget
    fuzzminimizetime: Budget
    fuzzexectime: int
    fuzzstarttime: int
    fuzzcachedir: str
    fuzzcrashdir: str
    fuzzworker: bool
    keepgoing: bool
    mute: Sequence[Suppression] | None
    pdb: bool
    detect: tuple[str, ...]
    gocompat: bool
    corpusjob: str
    fuzzevents: str
    fuzzlive: bool
    resultfile: str
    memlimit: int
    dict: Sequence[bytes]
    seed: int | None
    surrogates: bool
    cover: tuple[str, ...]
    nocover: tuple[str, ...]

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name, flag in PROGRAM_FLAGS.items():
            setattr(self, name, values.get(name, flag.default))
        self.keepgoing |= self.mute is not None
