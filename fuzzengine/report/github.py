"""Renders the failures of campaigns as GitHub annotations (-github)."""

from __future__ import annotations

from fuzzengine.report.events import FIGURES
from fuzzengine.report.locations import place_of, summary_of

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
    place = f"file={_property(path)},line={line},title={_property(title)}"
    return f"::error {place}::{_text(summary_of(crash))}\n"


def _text(text: str) -> str:
    """Escape text for the message of a workflow command."""
    shown = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape text for a property of a workflow command."""
    return _text(text).replace(":", "%3A").replace(",", "%2C")
