"""Expands the matrix of a script into variants, and renders the script for each of them.

A script with a matrix is a Jinja2 template: every line of the script, and the names and contents
of the files. Lines are rendered one by one, so that line numbers are kept. The values are also
environment variables of the script, for guards and programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

from scriptest.base.errors import Location, ScriptError, TemplateLimitError
from scriptest.language.txtar import Archive, File

if TYPE_CHECKING:
    from scriptest.config.config import Matrix
    from scriptest.config.templates import LimitedEnvironment

Row = Mapping[str, str]


def rows(matrix: Matrix) -> list[tuple[str, Row]]:
    """Return the id and the values of every variant, in order.

    The id joins the values: `docker-small`. Equal ids get a number.
    """
    if matrix.rows:
        found: list[Row] = list(matrix.rows)
    else:
        names = list(matrix.axes)
        found = [dict(zip(names, values, strict=True)) for values in product(*matrix.axes.values())]
    ids = ["-".join(row.values()) for row in found]
    counts = Counter(ids)
    numbers: Counter[str] = Counter()
    named = []
    for name, row in zip(ids, found, strict=True):
        numbers[name] += 1
        named.append((f"{name}-{numbers[name]}" if counts[name] > 1 else name, row))
    return named


def render(archive: Archive, row: Row, file: str) -> Archive:
    """Render the templates of an archive with the values of a row.

    Args:
        archive: the archive of a script with a matrix.
        row: the values by name.
        file: the name of the script in messages.

    Raises:
        ScriptError: a template is invalid, or uses a value that the row does not have.
    """
    templates = _Templates(row, file)
    lines = templates.render_lines(archive.comment, 1)
    files = tuple(
        File(
            templates.render_name(part), templates.render_lines(part.data, part.line + 1), part.line
        )
        for part in archive.files
    )
    return Archive(lines, files, archive.final_newline)


class _Templates:
    """Renders the lines of a script with the values of a row."""

    def __init__(self, row: Row, file: str) -> None:
        self._row = row
        self._file = file
        self._environment: LimitedEnvironment | None = None

    def render_lines(self, data: bytes, first: int) -> bytes:
        """Render a text, whose first line has the number `first` in the file."""
        if not _has_templates(data):
            return data
        lines = data.split(b"\n")
        return b"\n".join(self._render(line, number) for number, line in enumerate(lines, first))

    def render_name(self, part: File) -> str:
        """Render the name of a file."""
        name = part.name.encode("utf-8", "surrogateescape")
        return self._render(name, part.line).decode("utf-8", "surrogateescape")

    def _render(self, line: bytes, number: int) -> bytes:
        if not _has_templates(line):
            return line
        from scriptest.config.templates import LimitedEnvironment, LimitError, RenderError

        if self._environment is None:
            self._environment = LimitedEnvironment()
        text, ending = line.decode("utf-8", "surrogateescape"), ""
        if text.endswith("\r"):
            text, ending = text[:-1], "\r"
        try:
            rendered = self._environment.render_text(text, self._row)
        except RenderError as error:
            place = Location(self._file, number)
            kind = TemplateLimitError if isinstance(error, LimitError) else ScriptError
            raise kind(f"template of the matrix: {error}", place) from None
        return (rendered + ending).encode("utf-8", "surrogateescape")


def _has_templates(data: bytes) -> bool:
    return b"{{" in data or b"{%" in data
