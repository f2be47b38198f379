"""Reporters: print the run of a package, here as plain text for a terminal."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Reporter:
    """Prints the run of a package as text, the output of its test program unchanged.

    Attributes:
        flags: flags of the test program that its output needs for this reporter, by name.
    """

    flags: Mapping[str, str] = {}

    def write(self, chunk: bytes) -> None:
        """Report output of the test program, as it arrives."""
        from fuzzengine.ipc.child import write_output

        write_output(chunk)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Report an event of a campaign; plain text shows none."""

    def message(self, text: str, *, frame: bool = False) -> None:
        """Report lines about the package; `frame` marks those that Go's readers parse."""
        write_text(text)

    def finish(self, outcome: str) -> bool:
        """Report the end of the package.

        Args:
            outcome: pass, fail or skip.

        Returns:
            False if a report cannot be written.
        """
        return True


def write_text(text: str) -> None:
    """Write to standard output and flush it; drop the text if its reader is gone."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # All later output is dropped, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
