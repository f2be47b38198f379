"""Control characters that separate a test program's own lines from the output of tests.

They are those of Go's -test.v=test2json, so that `go tool test2json` reads them too; only EVENT
is an addition.
"""

from __future__ import annotations

FRAME = "\x16"
"""Before a line such as `=== RUN   TestX` or `--- PASS: TestX (0.00s)`."""

ERROR, ERROR_END = "\x0f", "\x0e"
"""Around the log of a failed assertion."""

ESCAPE = "\x1b"
"""Before one of these four characters in the output of tests."""

EVENT = "=== FUZZ  "
"""After FRAME, before the name of a fuzz test, a space and an event of its campaign as JSON."""

VERBOSE = "test2json"
"""The value of -test.v that turns these characters on."""

_ESCAPED = {ord(mark): ESCAPE + mark for mark in (FRAME, ERROR, ERROR_END, ESCAPE)}


def escape(text: str) -> str:
    """Escape these characters in a text."""
    return text.translate(_ESCAPED)


def error(text: str) -> str:
    """Mark escaped lines, with their line end, as the log of a failed assertion."""
    return f"{ERROR}{text.removesuffix(chr(10))}{ERROR_END}\n"
