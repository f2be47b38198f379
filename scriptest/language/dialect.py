"""The dialects of the script language: a flag for each rule on which they differ.

The engines: Go's cmd/internal/script (dialect `go`) and the engine of cmd/go in 2021
(dialect `go116`). The default dialect is the superset of both and of testscript.
"""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from typing import NamedTuple


class Dialect(NamedTuple):
    """The meaning of scripts where the engines disagree."""

    name: str
    summary: str
    quotes_patterns: bool = False
    """Whether a pattern matches the value of a `$VAR` literally."""
    cmpenv_expands_both: bool = False
    """Whether `cmpenv` also expands variables in the actual content."""
    env_prints: bool = False
    """Whether `env NAME` writes to the stdout buffer."""
    jobs_must_end: bool = False
    """Whether a job still running at the script's end fails the script, unless it has a `?`."""
    one_absent_suffices: bool = False
    """Whether `! exists a b` passes if only one of the files is absent."""
    negates_anything: bool = False
    """Whether `!` is allowed before every command."""
    unknown_flags_are_arguments: bool = False
    """Whether an unknown flag is passed on as an argument."""
    operators_are_arguments: bool = False
    """Whether an unquoted shell operator such as `&&` is an argument instead of an error."""
    program_must_exist: bool = False
    """Whether `! exec` of a missing program is an error."""


SCRIPTEST = Dialect("scriptest", "the default: a superset of the engines it grew from")
GO = Dialect(
    "go",
    "Go's cmd/internal/script and rsc.io/script",
    quotes_patterns=True,
    cmpenv_expands_both=True,
    env_prints=True,
    jobs_must_end=True,
    one_absent_suffices=True,
    negates_anything=True,
    unknown_flags_are_arguments=True,
    operators_are_arguments=True,
)
GO116 = GO._replace(
    name="go116", summary="the engine of cmd/go before Go 1.20", program_must_exist=True
)

DIALECTS = {dialect.name: dialect for dialect in (SCRIPTEST, GO, GO116)}
"""Every dialect by its name in `dialect:` and `--dialect`."""
