"""Keeps the output of a program: in memory while it is small, then in a file without a name."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from scriptest.base.files import open_unnamed

MEMORY_LIMIT = 1 << 20
"""Bytes of one stream that are kept in memory before they move to a file."""


class Capture:
    """The bytes one stream carried, appended by a reader and read by anyone at any time."""

    __slots__ = (
        "_chunks", "_closed", "_file", "_folder", "_in_memory", "_lock", "_watchers", "size",
    )  # fmt: skip

    def __init__(self, folder: str) -> None:
        """Make an empty capture.

        Args:
            folder: holds the file of a large output; must exist by then.
        """
        self._folder = folder
        self._chunks: list[bytes] = []
        self._in_memory = 0
        self._file = -1
        self._lock = threading.Lock()
        self._watchers: tuple[threading.Event, ...] = ()
        self._closed = False
        self.size = 0

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end.

        Raises:
            OSError: the file cannot be written.
        """
        with self._lock:
            if self._closed:
                return
            self.size += len(chunk)
            self._chunks.append(chunk)
            self._in_memory += len(chunk)
            if self._in_memory > MEMORY_LIMIT:
                self._spill()
        for event in self._watchers:
            event.set()

    def watch(self, event: threading.Event) -> None:
        """Set an event after everything that is appended from now on."""
        with self._lock:
            self._watchers += (event,)

    def unwatch(self, event: threading.Event) -> None:
        """Leave an event alone again."""
        with self._lock:
            self._watchers = tuple(other for other in self._watchers if other is not event)

    def _spill(self) -> None:
        if self._file < 0:
            self._file = open_unnamed(self._folder)
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._in_memory = 0
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def read(self) -> bytes:
        """Return everything written so far."""
        with self._lock:
            rest = b"".join(self._chunks)
            if self._file < 0:
                return rest
            return self._stored(0, self.size - len(rest)) + rest

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield what was written from a byte on, in pieces that fit into memory."""
        while piece := self._piece(start):
            start += len(piece)
            yield piece

    def _piece(self, start: int) -> bytes:
        with self._lock:
            stored = self.size - self._in_memory
            if start < stored:
                return self._stored(start, min(MEMORY_LIMIT, stored - start))
            return b"".join(self._chunks)[start - stored :]

    def _stored(self, start: int, length: int) -> bytes:
        os.lseek(self._file, start, os.SEEK_SET)
        parts = []
        while length > 0 and (part := os.read(self._file, length)):
            parts.append(part)
            length -= len(part)
        os.lseek(self._file, 0, os.SEEK_END)
        return b"".join(parts)

    def excerpt(self, limit: int) -> bytes:
        """Return everything if it is at most limit bytes, else its head and tail with a mark."""
        if self.size <= limit:
            return self.read()
        half = limit // 2
        if self._file < 0:
            data = self.read()
            head, tail = data[:half], data[-half:]
        else:
            with self._lock:
                self._spill()
                head = self._stored(0, half)
                tail = self._stored(self.size - half, half)
        left_out = self.size - len(head) - len(tail)
        return b"%s\n[... %d bytes left out ...]\n%s" % (head, left_out, tail)

    def close(self) -> None:
        """Close the file; the capture is empty afterwards."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            self._chunks.clear()
            self._in_memory = self.size = 0
            self._closed = True
