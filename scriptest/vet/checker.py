"""Checks scripts without running them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base import regexp
from scriptest.base.errors import Location, OperatorError, ScriptError, TemplateLimitError
from scriptest.base.regular_files import read_file
from scriptest.config import header, matrix
from scriptest.config.config import Config
from scriptest.engine import interpreter
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language import parser, txtar
from scriptest.language.encoding import control_character
from scriptest.language.expand import expand, variables
from scriptest.sandbox import environment, extract, workdir
from scriptest.sandbox.buffers import BUFFERS
from scriptest.sandbox.context import Context
from scriptest.sandbox.state import State
from scriptest.vet.shell_syntax import find_shell_syntax
from scriptest.vet.variables import unset_variables

if TYPE_CHECKING:
    from scriptest.commands.base import Call
    from scriptest.engine.prelude import Prelude
    from scriptest.language.lexer import Word
    from scriptest.language.parser import Line, Script
    from scriptest.suite.suite import Selected

_WORK = os.path.abspath(os.sep + "WORK")
_COMPARISONS = ("cmp", "cmpenv", "cmpjson")
# Tools find these files by name, so that scripts need not mention them.
# fmt: off
_FOUND_BY_TOOLS = frozenset((
    "Cargo.toml", "Makefile", "__init__.py", "__main__.py", "conftest.py", "go.mod", "go.sum",
    "go.work", "package.json", "pyproject.toml", "pytest.ini", "setup.cfg", "setup.py", "tox.ini",
))
# fmt: on
_MARKER = re.compile(rb"--[ \t]*([\w./]*[A-Za-z][\w./]*)[ \t]*--[ \t\r]*")
_WHOLE_FOLDERS = (".", "./...", "...", "all", "*")

RULES = {
    "syntax": "a line, or the header of the script, is malformed",
    "limit": "the templates of a matrix exceed a limit",
    "name": "a command or condition is unknown, or does not allow its prefix or `&`",
    "usage": "a flag is unknown, or there are too few or too many arguments",
    "pattern": "a pattern is not valid",
    "file-name": "the name of a file is not valid, leads out of the work folder or occurs twice",
    "operator": "a shell operator such as `|` or `&&` (reported as `shell` in `dialect: go`)",
    "no-command": "the script has no command",
    "variable-in-pattern": "the value of a variable is used as a pattern "
    "(`${VAR@R}` matches it literally)",
    "unset-variable": "no command sets a variable, so it is empty",
    "missing-golden": "no command seems to create the expected file of a comparison",
    "unused-file": "no command seems to use a file of the archive",
    "marker": "a line of a file looks like the marker of another one (`-- a--`)",
    "shell": "shell syntax (double quotes, command substitution) is an ordinary argument here",
}
"""The descriptions of all rules; the last six report warnings, which may be false."""

_WARNINGS = tuple(RULES)[-6:]


class Diagnostic(NamedTuple):
    """One finding."""

    file: str
    line: int
    column: int
    """1-based; 1 for the whole line."""
    message: str
    rule: str = "usage"
    """A key of `RULES`."""

    @property
    def severity(self) -> str:
        """`error` if every run of the script would fail, else `warning`."""
        return "warning" if self.rule in _WARNINGS else "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def check(selected: Selected) -> list[Diagnostic]:
    """Return the findings for a script, in the order of its lines.

    Errors are mistakes that every run reports. Warnings are not reported by a run: patterns with
    unquoted variables, unused archive files, missing golden files, shell syntax.

    Raises:
        OSError: the script cannot be read.
    """
    _, archive = header.split(txtar.parse(read_file(selected.path)))
    name = selected.file
    try:
        if selected.row:
            archive = matrix.render(archive, selected.row, name)
    except TemplateLimitError as error:
        return [_diagnostic(error, name, "limit")]
    except ScriptError as error:
        return [_diagnostic(error, name, "syntax")]
    script, problems = parser.parse_all(archive.comment, name)
    diagnostics = [_diagnostic(problem, name, "syntax") for problem in problems]
    prelude = selected.suite.prelude if selected.suite else None
    checker = _Checker(selected, script, archive, prelude)
    if prelude is not None:
        before = _Checker(selected, prelude.script, prelude.archive)
        for part in (before.names, before.calls, before.unset, before.files, before.shell_syntax):
            diagnostics += part()
    for part in (
        checker.names,
        checker.calls,
        checker.unset,
        checker.files,
        checker.goldens,
        checker.unused,
        checker.markers,
        checker.shell_syntax,
    ):
        diagnostics += part()
    if not problems and not any(script.lines()):
        diagnostics.append(Diagnostic(name, 1, 1, interpreter.NO_COMMAND, "no-command"))
    # Two checks may report the same mistake by different rules.
    unique: dict[tuple[object, ...], Diagnostic] = {}
    for found in diagnostics:
        unique.setdefault(found[:4], found)
    return sorted(unique.values(), key=lambda found: (found.file == name, *found[1:3]))


def _diagnostic(error: ScriptError, name: str, rule: str) -> Diagnostic:
    place = error.location or Location(name, 1)
    return Diagnostic(place.file, place.line or 1, place.column or 1, error.message, rule)


class _Checker:
    def __init__(
        self,
        selected: Selected,
        script: Script,
        archive: txtar.Archive,
        prelude: Prelude | None = None,
    ) -> None:
        """Prepare checks of a script, whose suite may run other lines before it."""
        suite = selected.suite
        self.header = selected.header
        self.config = suite.config if suite else Config()
        self.vocabulary = suite.vocabulary if suite else Vocabulary()
        self.script = script
        self.archive = archive
        go = environment.go_variables() if self.config.go else {}
        env = environment.build(
            _WORK,
            os.environ,
            {**selected.row, **selected.env},
            passed=self.config.pass_env,
            own={**go, **self.config.env},
            folder=self.config.folder,
        )
        self.state = State(_WORK, env, context=Context(dialect=self.config.dialect))
        self.state.cwd = os.path.join(_WORK, self.config.cwd)
        self.text = archive.comment.decode("utf-8", "surrogateescape")
        self.before: list[Line] = []
        self.files_before: tuple[txtar.File, ...] = ()
        if prelude is not None:
            self.text += prelude.archive.comment.decode("utf-8", "surrogateescape")
            self.before = [*self._with_nested(prelude.script)]
            self.files_before = prelude.archive.files

    def lines(self) -> Iterator[Line]:
        """Yield every line, and the lines nested in it, as in `defer rm x`."""
        yield from self._with_nested(self.script)

    def _with_nested(self, script: Script) -> Iterator[Line]:
        for line in script.lines():
            lines = interpreter.nested_lines(line, self.vocabulary)
            yield from islice(lines, interpreter.MAX_NESTING)

    def names(self) -> list[Diagnostic]:
        """Check the names of commands and conditions, and shell operators."""
        problems = interpreter.check(self.script, self.vocabulary, self.config.dialect)
        return [
            _diagnostic(
                problem,
                self.script.file,
                "operator" if isinstance(problem, OperatorError) else "name",
            )
            for problem in problems
        ]

    def calls(self) -> Iterator[Diagnostic]:
        """Check flags, the number of arguments, and patterns."""
        for line in self.lines():
            try:
                call = interpreter.read_call(line, self.script.file, self.state, self.vocabulary)
            except ScriptError as error:
                if error.location is not None:
                    yield _diagnostic(error, self.script.file, "usage")
                continue
            yield from self._pattern(call)

    def _pattern(self, call: Call) -> Iterator[Diagnostic]:
        index = call.command.pattern
        if not 0 <= index < len(call.args):
            return
        column = call.columns[index]
        word = next(word for word in call.line.words if word.column == column)
        names = _variables(word)
        if not names or self.state.dialect.quotes_patterns:
            try:
                regexp.compile(call.args[index] if not names else _without_variables(word))
            except regexp.PatternError as error:
                message = f"{call.command.name}: {error}"
                yield Diagnostic(call.file, call.line.number, column, message, "pattern")
        if self.state.dialect.quotes_patterns:
            return
        for name in names:
            if not name.endswith("@R"):
                message = f"the value of ${name} is used as a pattern; write ${{{name}@R}}"
                message += " to match it literally"
                where = (call.file, call.line.number, column)
                yield Diagnostic(*where, message, "variable-in-pattern")

    def unset(self) -> Iterator[Diagnostic]:
        """Check for variables that are never set."""
        lines = [*self.lines()]
        uses = unset_variables(lines, self.before, self.state.env, self.config, self.header)
        for line, word, message in uses:
            where = (self.script.file, line.number, word.column)
            yield Diagnostic(*where, message, "unset-variable")

    def files(self) -> Iterator[Diagnostic]:
        """Check the names of the archive's files."""
        lines: dict[str, int] = {}
        for file in self.archive.files:
            path = self._path(file.name)
            try:
                extract.check_name(file, Location(self.script.file, file.line))
            except ScriptError as error:
                yield _diagnostic(error, self.script.file, "file-name")
                continue
            if not workdir.inside(_WORK, path) or path == _WORK:
                message = f"file `{file.name}` is outside the work folder"
                yield Diagnostic(self.script.file, file.line, 1, message, "file-name")
            elif path in lines and self.config.unique_names:
                message = f"duplicate file `{file.name}` (first at line {lines[path]}); rename one,"
                message += " or set `unique_names: false`"
                yield Diagnostic(self.script.file, file.line, 1, message, "file-name")
            lines.setdefault(path, file.line)

    def _path(self, name: str) -> str:
        return os.path.normpath(os.path.join(self.state.cwd, expand(name, self.state.lookup)))

    def goldens(self) -> Iterator[Diagnostic]:
        """Check for golden files that are not in the archive and not created by earlier lines."""
        files = (*self.archive.files, *self.files_before)
        archived = {os.path.basename(file.name) for file in files}
        mentioned = {os.path.basename(part) for line in self.before for part in _parts(line)}
        including = any(line.words[0].raw == "include" for line in self.before)
        for line in self.lines():
            words = {os.path.basename(part) for part in _parts(line)}
            including = including or line.words[0].raw == "include"
            if line.words[0].raw in _COMPARISONS and not including:
                for word in _golden(line, mentioned - archived):
                    base = os.path.basename(word.raw)
                    if base not in archived | mentioned and not self._may_be_created(word):
                        message = f"{line.words[0].raw} {word.raw}: no such file in the archive; "
                        message += "`scriptest run --update` adds it"
                        where = (self.script.file, line.number, word.column)
                        yield Diagnostic(*where, message, "missing-golden")
            mentioned |= words

    def _may_be_created(self, word: Word) -> bool:
        """Report whether a name has variables, or a file of the archive contains it."""
        name = os.path.basename(word.raw).encode("utf-8", "surrogateescape")
        return bool(_variables(word)) or any(name in file.data for file in self.archive.files)

    def unused(self) -> Iterator[Diagnostic]:
        """Check for files that neither the script nor another file of the archive mentions."""
        lines = (*self.lines(), *self.before)
        words = [word.raw for line in lines for word in line.words[1:]]
        if any(word in _WHOLE_FOLDERS or "*" in word for word in words):
            return
        for file in self.archive.files:
            base = os.path.basename(file.name)
            others = (other for other in self.archive.files if other is not file)
            if _is_found_by_tools(base) or control_character(file.name):
                continue
            if any(_mentions(self.text, part) for part in _possible_mentions(file.name)):
                continue
            stem = os.path.splitext(base)[0].encode("utf-8", "surrogateescape")
            if any(stem in other.data for other in others):
                continue
            message = f"unused file `{file.name}`; mention it in a comment if a program uses it"
            yield Diagnostic(self.script.file, file.line, 1, message, "unused-file")

    def markers(self) -> Iterator[Diagnostic]:
        """Check for lines of files that were probably meant as markers."""
        for file in self.archive.files:
            if b"--" not in file.data:
                continue
            for number, row in enumerate(file.data.split(b"\n"), file.line + 1):
                found = _MARKER.fullmatch(row)
                if found is not None:
                    name = found[1].decode("utf-8", "surrogateescape")
                    message = f"this line is part of `{file.name}`; to begin a file: `-- {name} --`"
                    yield Diagnostic(self.script.file, number, 1, message, "marker")

    def shell_syntax(self) -> Iterator[Diagnostic]:
        """Check for shell syntax, which scripts do not have."""
        for line in self.lines():
            found = [*find_shell_syntax(line)]
            if self.config.dialect.operators_are_arguments:
                operator = interpreter.shell_operator(line, self.vocabulary)
                found += [operator] if operator else []
            for column, message in found:
                yield Diagnostic(self.script.file, line.number, column, message, "shell")


def _parts(line: Line) -> Iterator[str]:
    """Yield the arguments of a line, and the parts of assignments."""
    for word in line.words[1:]:
        yield from (word.raw, *word.raw.split("="))


def _is_found_by_tools(base: str) -> bool:
    stem, suffix = os.path.splitext(base)
    if base in _FOUND_BY_TOOLS or base.startswith(".") or suffix == ".go":
        return True
    return stem.startswith("test_") or stem.endswith("_test")


def _variables(word: Word) -> list[str]:
    return [
        name
        for fragment in word.fragments
        if not fragment.quoted
        for name in variables(fragment.text)
    ]


def _without_variables(word: Word) -> str:
    """Return the text of a word with its variables replaced by `x`."""
    return "".join(
        fragment.text if fragment.quoted else expand(fragment.text, lambda name: "x")
        for fragment in word.fragments
    )


def _golden(line: Line, made: set[str]) -> list[Word]:
    """Return the argument of a comparison that is its golden file, if this is known.

    Of two files, it is the second one if the first is in `made`.

    Args:
        line: a line with a comparison.
        made: the names of files that earlier lines seem to have created.
    """
    arguments = [word for word in line.words[1:] if not word.raw.startswith("-")]
    if len(arguments) != 2 or line.prefix:
        return []
    first, second = arguments
    if second.raw in BUFFERS:
        return [] if first.raw in BUFFERS else [first]
    known = first.raw in BUFFERS or os.path.basename(first.raw) in made
    return [second] if known else []


def _possible_mentions(name: str) -> Iterator[str]:
    """Yield the words by which a script may mention a file: its name, its stem, its folders."""
    base = os.path.basename(name)
    yield base
    yield os.path.splitext(base)[0]
    yield from (part for part in os.path.dirname(name).split("/") if part not in ("", ".", ".."))


def _mentions(text: str, part: str) -> bool:
    """Report whether a text contains a name as a word or as a part of a path."""
    start = text.find(part)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(part) : start + len(part) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        start = text.find(part, start + 1)
    return False
