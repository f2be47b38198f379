"""The report files of a run."""

# No annotations from __future__ here: typing would compile each field's annotation.

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from scriptest.base.errors import reason_of
from scriptest.base.files import write_file
from scriptest.engine.result import Result

if TYPE_CHECKING:
    from scriptest.suite.sharding import Shard


class ReportError(Exception):
    """A report cannot be written; the message names the file and the reason."""


class ReportFiles(NamedTuple):
    """The paths of the reports to write."""

    json: str | None = None
    junit: str | None = None
    github: bool = False
    html: str | None = None

    @property
    def any(self) -> bool:
        """Whether any report is to be written, so that complete results are needed."""
        return bool(self.json or self.junit or self.github or self.html)

    def check(self) -> None:
        """Check before a run that its reports can be written.

        Raises:
            ReportError: a folder does not exist.
        """
        for path in filter(None, (self.json, self.junit, self.html)):
            folder = os.path.dirname(os.path.abspath(path))
            if not os.path.isdir(folder):
                raise ReportError(f"{path}: the folder {folder} does not exist")

    def write(
        self,
        results: Sequence[Result],
        seconds: float,
        out: TextIO,
        shard: "Shard | None" = None,
    ) -> str:
        """Write every report; files appear whole or not at all.

        Args:
            results: the results of all finished scripts.
            seconds: the duration of the run.
            out: the stream for annotations.
            shard: the part of the scripts that the run was to run; None for all.

        Returns:
            The message that a file cannot be written, or an empty string.
        """
        try:
            self._write(results, seconds, out, shard)
        except ReportError as error:
            return str(error)
        return ""

    def _write(
        self, results: Sequence[Result], seconds: float, out: TextIO, shard: "Shard | None"
    ) -> None:
        if self.json:
            from scriptest.report import json

            _save(self.json, json.render(results, seconds, shard))
        if self.junit:
            from scriptest.report import junit

            _save(self.junit, junit.render(results, seconds))
        if self.html:
            from scriptest.report import html

            _save(self.html, html.render(results, seconds))
        if self.github:
            from scriptest.report import github

            out.write(github.render(results))


def _save(path: str, text: str) -> None:
    try:
        write_file(path, text.encode("utf-8"))
    except OSError as error:
        reason = reason_of(error)
        raise ReportError(f"{path}: the report cannot be written: {reason}") from None
