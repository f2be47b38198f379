"""Formats what a run prints, in the words of libFuzzer and Atheris that other tools look for."""

from __future__ import annotations

import os
from base64 import b64encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.base.failure import Failure

TIMEOUT, MEMORY = "timeout", "memory"
"""Kinds of failures that have an exit status and a name of their own."""

_LONGEST_BASE64 = 512

ONLY_EXECUTED = (
    "***\n*** NOTE: no search was made: the code was executed on the given files only.\n***\n"
)


def failure(failure: Failure) -> str:
    """Return the report of a failure."""
    if failure.kind in (TIMEOUT, MEMORY):
        name = {TIMEOUT: "timeout", MEMORY: "out-of-memory"}[failure.kind]
        text = failure.text
    elif failure.ended_worker:
        name = "deadly signal" if failure.kind.startswith("signal") else "fuzz target exited"
        text = failure.text
    else:
        name = "fuzz target exited"
        text = f"\n === Uncaught Python exception: ===\n{failure.text}"
    return (
        f"{text.rstrip()}\n\n=={os.getpid()}== ERROR: libFuzzer: {name}\n"
        f"SUMMARY: libFuzzer: {name}\n"
    )


def written(prefix: str, path: str, data: bytes) -> str:
    """Return the lines about the file of a failing input."""
    text = f"artifact_prefix='{prefix}'; Test unit written to {path}\n"
    if len(data) <= _LONGEST_BASE64:
        text += f"Base64: {b64encode(data).decode()}\n"
    return text


def not_written(path: str, reason: str, data: bytes) -> str:
    """Return the lines about a failing input that could not be saved."""
    return (
        f"ERROR: {path}: {reason}; the failing input could not be saved\n"
        f"Base64: {b64encode(data).decode()}\n"
    )


def unknown_flag(argument: str) -> str:
    """Return the warning about a flag that is not known."""
    return f"WARNING: unrecognized flag '{argument}'; use -help=1 to list all flags\n"


def unused_flags(arguments: Sequence[str]) -> str:
    """Return the note about flags of libFuzzer that change nothing."""
    return f"INFO: without effect here: {' '.join(arguments)}\n"


def instrumented(modules: Sequence[str]) -> str:
    """Return the line about what has counters."""
    if modules:
        return f"INFO: instrumented modules besides the harness: {len(modules)}\n"
    return (
        "INFO: only the harness itself is instrumented: it imports no Python module with "
        "instrumentation, and extension modules report no coverage\n"
    )


def done(count: int, seconds: int) -> str:
    """Return the line at the end of a run without a failure."""
    return f"Done {count} runs in {seconds} second(s)\n"


def final_stats(count: int, seconds: float, new: int, peak_mebibytes: int) -> str:
    """Return the lines of -print_final_stats=1."""
    return (
        f"stat::number_of_executed_units: {count}\n"
        f"stat::average_exec_per_sec:     {int(count / max(seconds, 1))}\n"
        f"stat::new_units_added:          {new}\n"
        f"stat::slowest_unit_time_sec:    0\n"
        f"stat::peak_rss_mb:              {peak_mebibytes}\n"
    )
