"""Who reads what the run of a package prints: a person, or with -json a program."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Audience:
    """A person at a terminal, who gets everything as it is.

    Attributes:
        flags: what the test program is to be told, so that its output suits.
    """

    flags: Mapping[str, str] = {}

    def take(self, chunk: bytes) -> None:
        """Pass on output of the test program as it comes."""
        from fuzzengine.ipc.child import write_output

        write_output(chunk)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Pass on what happened in a campaign; a person reads of it in the output."""

    def say(self, text: str, *, frame: bool = False) -> None:
        """Say lines about the package; `frame` marks those that Go's readers know as such."""
        write_text(text)

    def finish(self, outcome: str) -> bool:
        """End, with what came of the package: pass, fail or skip; False if that cannot be told."""
        return True


def write_text(text: str) -> None:
    """Write to standard output."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more: what is still to be said goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
