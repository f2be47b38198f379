"""Expands the matrix of a script into variants, and renders the script for each of them.

A script with a matrix is a Jinja2 template: every line of the script, and the names and contents
of the files. Lines are rendered one by one, so that line numbers are kept. The values are also
environment variables of the script, for guards and programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from scriptest.base.errors import Location, ScriptError
from scriptest.language.txtar import Archive, File

if TYPE_CHECKING:
    import jinja2

    from scriptest.config.config import Matrix

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
    return [
        (f"{name}-{ids[: index + 1].count(name)}" if ids.count(name) > 1 else name, row)
        for index, (name, row) in enumerate(zip(ids, found, strict=True))
    ]


def render(archive: Archive, row: Row, file: str) -> Archive:
    """Render the templates of an archive with the values of a row.

    Args:
        archive: the archive of a script with a matrix.
        row: the values by name.
        file: the name of the script in messages.

    Raises:
        ScriptError: a template is invalid, or uses a value that the row does not have.
    """
    lines = [
        _render(line, row, Location(file, number))
        for number, line in enumerate(archive.comment.split(b"\n"), 1)
    ]
    files = tuple(
        File(
            _render(part.name.encode("utf-8", "surrogateescape"), row, Location(file, part.line))
            .decode("utf-8", "surrogateescape"),
            b"\n".join(
                _render(line, row, Location(file, number))
                for number, line in enumerate(part.data.split(b"\n"), part.line + 1)
            ),
            part.line,
        )
        for part in archive.files
    )  # fmt: skip
    return Archive(b"\n".join(lines), files, archive.final_newline)


def _render(data: bytes, row: Row, place: Location) -> bytes:
    if b"{{" not in data and b"{%" not in data:
        return data
    import jinja2

    text, ending = data.decode("utf-8", "surrogateescape"), ""
    if text.endswith("\r"):
        text, ending = text[:-1], "\r"
    try:
        rendered = _templates().from_string(text).render(row)
    except jinja2.TemplateError as error:
        raise ScriptError(f"template of the matrix: {error.message}", place) from None
    except Exception as error:
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ScriptError(f"template of the matrix: {problem}", place) from None
    return (rendered + ending).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
