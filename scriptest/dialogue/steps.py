"""Reads dialogue files: the keys to type at a terminal, and the output to expect.

A line is one step. Words, quotes, comments and variables are those of the script language; in
addition `<Enter>` and the like, outside quotes, are keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from scriptest.base import numbers, regexp
from scriptest.base.errors import Location, ScriptError, ScriptSyntaxError, UsageError
from scriptest.base.suggest import nearest
from scriptest.language import lexer
from scriptest.language.lexer import Word
from scriptest.sandbox.jobs import ExitCheck, exit_check
from scriptest.terminal import keys

Expand = Callable[[Word, bool], str]
"""Returns the final text of a word; the flag says that it is a pattern."""

_LARGEST = 1000


class Spawn(NamedTuple):
    """Start a program on a new terminal."""

    argv: tuple[str, ...]


class Send(NamedTuple):
    """Type something."""

    text: str


class Expect(NamedTuple):
    """Wait until something comes after what was expected before."""

    pattern: regexp.Pattern | None
    """None for exactly the text."""
    text: str


class OnScreen(NamedTuple):
    """Wait until the screen as a whole matches."""

    pattern: regexp.Pattern


class Size(NamedTuple):
    """Change the terminal's size."""

    rows: int
    columns: int


class Eof(NamedTuple):
    """Wait until the program ended."""


class ExpectStatus(NamedTuple):
    """Wait until the program ended, in a certain way."""

    check_exit: ExitCheck


Action = Spawn | Send | Expect | OnScreen | Size | Eof | ExpectStatus


class Step(NamedTuple):
    """One line of a dialogue."""

    action: Action
    text: str
    """The line, for messages."""
    location: Location
    """The place to show."""
    origin: Location
    """The place in the dialogue's own file."""


def parse(
    content: str, name: str, expand: Expand, place: Callable[[int, int], Location] | None = None
) -> list[Step]:
    """Read a dialogue.

    Args:
        content: the file's.
        name: what the script calls the file, for errors.
        expand: replaces variables.
        place: returns the place to show for a line and a column of the file.

    Raises:
        ScriptError: a step is unknown or written wrongly; says in which line.
    """
    shown = place or partial(Location, name)
    steps = []
    for number, text in enumerate(content.split("\n"), 1):
        try:
            line = lexer.split(text)
        except lexer.Problem as problem:
            raise ScriptSyntaxError(problem.message, shown(number, problem.column)) from None
        if line:
            where = shown(number, line[0].column)
            origin = Location(name, number, line[0].column)
            steps.append(Step(_action(line, where, expand), text.strip(), where, origin))
    return steps


def parse_size(text: str) -> Size:
    """Read a size such as 24x80, rows before columns.

    Raises:
        ValueError: it is none, or larger than 1000.
    """
    rows, _, columns = text.partition("x")
    size = Size(numbers.read(rows) or 0, numbers.read(columns) or 0)
    if min(size) > 0 and max(size) <= _LARGEST:
        return size
    raise ValueError(f"`{text}` is not a size such as 24x80: rows, then columns")


def _action(line: list[Word], where: Location, expand: Expand) -> Action:
    verb = expand(line[0], False)
    found = _STEPS.get(verb)
    if found is None:
        near = nearest(verb, _STEPS)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(_STEPS)}"
        raise ScriptError(f"unknown step `{verb}`; {hint}", where)
    read, flag, usage = found
    arguments = line[1:]
    flagged = bool(flag and arguments and not arguments[0].is_quoted and arguments[0].raw == flag)
    try:
        return read(arguments[1:] if flagged else arguments, flagged, expand)
    except _WrongUseError:
        raise UsageError(f"write `{usage}`", where) from None
    except ValueError as error:
        raise UsageError(f"{verb}: {error}", where) from None


class _WrongUseError(Exception):
    """A step has the wrong number of arguments."""


def _spawn(arguments: list[Word], _: bool, expand: Expand) -> Action:
    if not arguments:
        raise _WrongUseError
    return Spawn(tuple(expand(word, False) for word in arguments))


def _send(arguments: list[Word], raw: bool, expand: Expand) -> Action:
    typed, ends_in_key = [], False
    for index, word in enumerate(arguments):
        if index:
            typed.append(" ")
        ends_in_key = False
        for fragment in word.fragments:
            pieces = [(fragment.text, False)] if fragment.quoted else keys.split(fragment.text)
            for text, ends_in_key in pieces:
                if ends_in_key:
                    typed.append(keys.characters(text))
                else:
                    piece = lexer.Fragment(text, fragment.quoted, fragment.column)
                    typed.append(expand(Word((piece,), word.column), False))
    if not raw and not ends_in_key:
        typed.append(keys.KEYS["Enter"])
    return Send("".join(typed))


def _expect(arguments: list[Word], exact: bool, expand: Expand) -> Action:
    if exact and arguments:
        return Expect(None, " ".join(expand(word, False) for word in arguments))
    pattern = _pattern(arguments, expand)
    return Expect(pattern, pattern.source)


def _screen(arguments: list[Word], _: bool, expand: Expand) -> Action:
    return OnScreen(_pattern(arguments, expand))


def _pattern(arguments: list[Word], expand: Expand) -> regexp.Pattern:
    return regexp.compile(_only(arguments, expand, pattern=True))


def _size(arguments: list[Word], _: bool, expand: Expand) -> Action:
    return parse_size(_only(arguments, expand))


def _eof(arguments: list[Word], _: bool, expand: Expand) -> Action:
    if arguments:
        raise _WrongUseError
    return Eof()


def _status(arguments: list[Word], _: bool, expand: Expand) -> Action:
    return ExpectStatus(exit_check(_only(arguments, expand)))


def _only(arguments: list[Word], expand: Expand, *, pattern: bool = False) -> str:
    if len(arguments) != 1:
        raise _WrongUseError
    return expand(arguments[0], pattern)


_Reader = Callable[[list[Word], bool, Expand], Action]

# How a step's arguments are read, its flag, and how it is written.
_STEPS: dict[str, tuple[_Reader, str, str]] = {
    "spawn": (_spawn, "", "spawn program [argument...]"),
    "send": (_send, "-raw", "send [-raw] text"),
    "expect": (_expect, "-exact", "expect 'pattern'` or `expect -exact text"),
    "screen": (_screen, "", "screen 'pattern'"),
    "size": (_size, "", "size 30x100"),
    "eof": (_eof, "", "eof"),
    "status": (_status, "", "status N"),
}
