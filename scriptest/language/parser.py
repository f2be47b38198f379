"""Parses scripts into sections, lines and words.

A line consists of guards and at most one of `!` and `?` in any order, the command and its
arguments, and an optional `&` or `&name&`. Words are separated by blanks, tabs and carriage
returns; single quotes quote; an unquoted `#` ends the line. Variables are expanded later.
"""

from __future__ import annotations

from scriptest.base.errors import Location, ScriptSyntaxError
from scriptest.language.guards import And, Cond, Expr, Guard, Not, Or, read_guard
from scriptest.language.lexer import Fragment, Problem, Word, quote_word, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "And",
    "Cond",
    "Expr",
    "Fragment",
    "Guard",
    "Line",
    "Not",
    "Or",
    "Script",
    "Section",
    "Word",
    "parse",
    "parse_all",
    "quote_word",
]


class Line:
    """One line with a command.

    Attributes:
        number: 1-based line number in the file.
        text: The line as written, without its line end.
        guards: In order; the command runs only if all of them hold.
        prefix: `!` (must fail), `?` (may fail) or an empty string.
        words: The command and its arguments; never empty.
        background: The name in `&name&`, an empty string for a plain `&`, None without either.
    """

    __slots__ = ("background", "guards", "number", "prefix", "text", "words")

    def __init__(
        self,
        number: int,
        text: str,
        guards: tuple[Guard, ...],
        prefix: str,
        words: tuple[Word, ...],
        background: str | None,
    ) -> None:
        self.number = number
        self.text = text
        self.guards = guards
        self.prefix = prefix
        self.words = words
        self.background = background

    def __repr__(self) -> str:
        return f"Line({self.number}, {self.text!r})"


class Section:
    """The lines under one heading.

    Attributes:
        title: The heading without its `#` and outer blanks; empty before the first heading.
        line: 1-based line of the heading; 1 before the first heading.
        lines: The lines with commands; blank lines and comments are omitted.
    """

    __slots__ = ("line", "lines", "title")

    def __init__(self, title: str, line: int, lines: tuple[Line, ...]) -> None:
        self.title = title
        self.line = line
        self.lines = lines

    def __repr__(self) -> str:
        return f"Section({self.title!r}, {self.line}, {self.lines!r})"


class Script:
    """A parsed script.

    Attributes:
        file: The path given to `parse`, for messages.
        sections: In order. Every heading starts a section, even if no command follows; lines
            before the first heading form a section if one of them has a command.
    """

    __slots__ = ("file", "sections")

    def __init__(self, file: str, sections: tuple[Section, ...]) -> None:
        self.file = file
        self.sections = sections

    def __repr__(self) -> str:
        return f"Script({self.file!r}, {self.sections!r})"

    def lines(self) -> Iterator[Line]:
        """Yield the lines of all sections."""
        for section in self.sections:
            yield from section.lines


def parse(comment: bytes | str, file: str) -> Script:
    """Parse a script, which is the comment of a txtar archive.

    Args:
        comment: The text; bytes are decoded as UTF-8 with surrogateescape.
        file: The path shown in messages.

    Raises:
        ScriptSyntaxError: The first syntax error, with its line and column.
    """
    script, problems = parse_all(comment, file)
    if problems:
        raise problems[0]
    return script


def parse_all(comment: bytes | str, file: str) -> tuple[Script, list[ScriptSyntaxError]]:
    """Parse a script and return it with all its syntax errors; their lines are omitted."""
    text = comment if isinstance(comment, str) else comment.decode("utf-8", "surrogateescape")
    if text.startswith(_UTF_16):
        message = "the file is UTF-16 text: save it as UTF-8"
        return Script(file, ()), [ScriptSyntaxError(message, Location(file, 1, 1))]
    sections: list[Section] = []
    problems: list[ScriptSyntaxError] = []
    title, start = "", 1
    lines: list[Line] = []
    for number, row in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if row.startswith("#"):
            if sections or lines or start > 1:
                sections.append(Section(title, start, tuple(lines)))
            title, start, lines = row[1:].strip(), number, []
            continue
        try:
            line = _parse_line(row, number)
        except Problem as problem:
            problems.append(
                ScriptSyntaxError(problem.message, Location(file, number, problem.column))
            )
            continue
        if line is not None:
            lines.append(line)
    sections.append(Section(title, start, tuple(lines)))
    return Script(file, tuple(sections)), problems


def _parse_line(text: str, number: int) -> Line | None:
    """Parse one line; return None if it is blank or a comment."""
    if "\0" in text:
        raise Problem(text.index("\0") + 1, "NUL character: remove it")
    guards: list[Guard] = []
    prefix = ""
    position, size = 0, len(text)
    while position < size:
        char = text[position]
        if char in " \t\r":
            position += 1
        elif char == "[":
            guard, position = read_guard(text, position)
            guards.append(guard)
        elif char in "!?" and text[position + 1 : position + 2] in _ENDS_PREFIX:
            _check_prefix(prefix, char, position + 1)
            prefix = char
            position += 1
        else:
            break
    _check_marker(text)
    words = split(text, position)
    if not words:
        if guards or prefix:
            raise Problem(position + 1, "missing command after the prefix: write one or remove it")
        return None
    _check_command(words[0])
    background = _pop_background(words)
    row = text[:-1] if text.endswith("\r") else text
    return Line(number, row, tuple(guards), prefix, tuple(words), background)


def _check_marker(text: str) -> None:
    """Reject a line that was probably meant as the marker of a file."""
    row = text.rstrip()
    name = row.strip("-").strip()
    if name and row.startswith("--") and row.endswith("--"):
        raise Problem(1, f"`{row}` does not begin a file: write `-- {name} --`")


_ENDS_PREFIX = frozenset(("", " ", "\t", "\r", "#"))
# The byte order marks of UTF-16 in a text decoded as UTF-8.
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")


def _check_prefix(before: str, prefix: str, column: int) -> None:
    if before == prefix:
        raise Problem(column, f"duplicate `{prefix}`: remove one")
    if before:
        raise Problem(column, "`!` and `?` are mutually exclusive: keep one")


def _check_command(word: Word) -> None:
    """Reject a first word that cannot be meant as a command."""
    if word.is_quoted:
        return
    name = word.raw
    if name.startswith("!"):
        rest = name.lstrip("!")
        hint = f"`[!{rest[1:]}`" if rest.startswith("[") else f"`! {rest or 'cmd'}`"
        raise Problem(
            word.column,
            f"`{name}` is not a command: did you mean {hint}? (quote a name that has a `!`)",
        )
    if name == "&":
        raise Problem(word.column, "missing command before `&`: write one or quote the `&`")


def _pop_background(words: list[Word]) -> str | None:
    """Remove a last word `&` or `&name&` and return the name."""
    last = words[-1]
    raw = last.raw
    if last.is_quoted or len(words) < 2 or not raw.startswith("&") or raw == "&&":
        return None
    if raw == "&":
        words.pop()
        return ""
    if not raw.endswith("&"):
        return None
    name = raw[1:-1]
    if not (name.isascii() and name.replace("_", "a").isalnum()):
        raise Problem(
            last.column,
            f"invalid background name in `{raw}`: use letters, digits and `_`"
            " (quote the word if it is an argument)",
        )
    words.pop()
    return name
