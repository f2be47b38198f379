"""Renders the failures of campaigns as GitHub annotations (-github)."""

from __future__ import annotations

from fuzzengine.report.events import FIGURES
from fuzzengine.report.locations import place_of, summary_of
from scriptest.base.workflow_commands import escape_message, escape_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fuzzengine.report.record import RunRecord


class Annotations:
    """Prints an annotation for each failure at the end of the run."""

    events = FIGURES

    def __init__(
        self, record: RunRecord, write: Callable[[str], object], *, root: str, folder: str
    ) -> None:
        """Create the view.

        Args:
            record: the recorded campaigns.
            write: prints a line.
            root: the root of the repository.
            folder: the folder of the package.
        """
        self._record = record
        self._write = write
        self._root = root
        self._folder = folder

    def update(self) -> None:
        """Do nothing: annotations are printed at the end."""

    def finish(self) -> bool:
        """Print the annotations."""
        for campaign in self._record.campaigns.values():
            for crash in campaign.crashes:
                self._write(_annotation(crash, *place_of(crash, self._root, self._folder)))
        return True


def _annotation(crash: Mapping[str, Any], path: str, line: int) -> str:
    title = f"{crash['Name']}: {crash['Kind']}"
    file, title = (escape_property(_printable(text)) for text in (path, title))
    message = escape_message(_printable(summary_of(crash)))
    return f"::error file={file},line={line},title={title}::{message}\n"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
