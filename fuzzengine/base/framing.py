"""Control characters by which a test program tells its own lines from what tests print.

They are those of Go's -test.v=test2json, so that `go tool test2json` reads them too; lines of
EVENT are additions of ours.
"""

from __future__ import annotations

FRAME = "\x16"
"""Before a line such as `=== RUN   TestX` or `--- PASS: TestX (0.00s)`."""

ERROR, ERROR_END = "\x0f", "\x0e"
"""Around what an assertion that failed has logged."""

ESCAPE = "\x1b"
"""Before one of these four where it is text."""

EVENT = "=== FUZZ  "
"""After FRAME, before the name of a fuzz test, a space and an event of its campaign as JSON."""

VERBOSE = "test2json"
"""The value of -test.v that asks for these marks."""

_ESCAPED = {ord(mark): ESCAPE + mark for mark in (FRAME, ERROR, ERROR_END, ESCAPE)}


def escape(text: str) -> str:
    """Return a text in which no character is a mark."""
    return text.translate(_ESCAPED)


def error(text: str) -> str:
    """Mark escaped lines, with their line end, as what an assertion logged."""
    return f"{ERROR}{text.removesuffix(chr(10))}{ERROR_END}\n"
