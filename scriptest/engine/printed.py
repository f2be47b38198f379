"""Collects the output of print() in functions of a project, although scripts run on threads.

While any thread collects, `sys.stdout` and `sys.stderr` are objects that pass on the output of all
other threads.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Printed:
    """The output of a function."""

    def __init__(self) -> None:
        """Begin with empty streams."""
        self.stdout = _new_stream()
        self.stderr = _new_stream()

    def contents(self) -> tuple[bytes, bytes]:
        """Return the text of stdout and that of stderr."""
        return _content(self.stdout), _content(self.stderr)


def _new_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="\n", write_through=True
    )


def _content(stream: io.TextIOWrapper) -> bytes:
    buffer = stream.buffer
    return buffer.getvalue() if isinstance(buffer, io.BytesIO) else b""


_local = threading.local()
_lock = threading.Lock()
_collecting = 0


class _ThreadStream:
    """A stream that is another one in each thread that collects."""

    def __init__(self, name: str, usual: TextIO) -> None:
        self._name = name
        self.usual = usual

    def __getattr__(self, name: str) -> object:
        printed = getattr(_local, "printed", None)
        return getattr(self.usual if printed is None else getattr(printed, self._name), name)


@contextmanager
def collected() -> Iterator[Printed]:
    """Collect the output of this thread during the block."""
    before = getattr(_local, "printed", None)
    _local.printed = printed = Printed()
    _install()
    try:
        yield printed
    finally:
        _uninstall()
        _local.printed = before


def _install() -> None:
    global _collecting
    with _lock:
        _collecting += 1
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if not isinstance(stream, _ThreadStream):
                setattr(sys, name, _ThreadStream(name, stream))


def _uninstall() -> None:
    global _collecting
    with _lock:
        _collecting -= 1
        for name in ("stdout", "stderr") if not _collecting else ():
            stream = getattr(sys, name)
            if isinstance(stream, _ThreadStream):
                setattr(sys, name, stream.usual)
