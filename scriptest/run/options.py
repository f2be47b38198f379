"""Options of a run."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from collections.abc import Mapping
from typing import NamedTuple

from scriptest.config.config import Retries


class Options(NamedTuple):
    """How scripts are to be run."""

    jobs: int = 1
    """How many scripts run at the same time."""
    timeout: float | None = None
    """Seconds a script may take, 0 for no limit; None for what the settings say, or 10 minutes."""
    env: Mapping[str, str] = {}
    """Variables added to every script's environment."""
    flags: frozenset[str] = frozenset()
    """Of `short`, `verbose`, `offline`."""
    keep: bool = False
    """Whether the work folders stay."""
    keep_going: bool = False
    """Whether a script goes on after a line that failed."""
    update: str = ""
    """`write` to rewrite golden files, `diff` to show how, `ask` to ask; empty to compare."""
    max_failures: int = 0
    """The number of failures after which no further script begins; 0 for no limit."""
    retries: Retries | None = None
    """How often a failed script is run again; None for what the settings say, or never."""
