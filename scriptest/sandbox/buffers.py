"""Buffers: the output of the last program, where assertions look for it."""

from __future__ import annotations

from collections.abc import Callable

from scriptest.process.capture import Capture
from scriptest.sandbox.log import EXCERPT, Log

BUFFERS = ("stdout", "stderr", "ttyout")
"""Names that mean a buffer where a command expects a file."""


class Buffers:
    """The output of the last program, and the captures of those that still run."""

    def __init__(self, folder: str, log: Log) -> None:
        """Begin with empty buffers.

        Args:
            folder: holds the files of large outputs.
            log: shows every output that becomes a buffer.
        """
        self._folder = folder
        self._log = log
        self._contents: dict[str, bytes | Capture] = {}
        self._captures: set[Capture] = set()
        self.changes = 0
        """How often the stdout and stderr buffers were replaced."""

    def read(self, name: str) -> bytes:
        """Return the content of a buffer."""
        content = self._contents.get(name, b"")
        return content if isinstance(content, bytes) else content.read()

    def copy(self, name: str, descriptor: int, before_each: Callable[[], None]) -> None:
        """Write the content of a buffer to a file, without holding it all in memory.

        Args:
            name: the buffer.
            descriptor: the file.
            before_each: is called before every part; may raise, to stop writing a large buffer.

        Raises:
            OSError: the file cannot be written.
        """
        content = self._contents.get(name, b"")
        chunks = (content,) if isinstance(content, bytes) else content.chunks()
        with open(descriptor, "wb", closefd=False) as file:
            for chunk in chunks:
                before_each()
                file.write(chunk)

    def set(self, stdout: bytes | Capture, stderr: bytes | Capture) -> None:
        """Replace the stdout and stderr buffers, and log them."""
        self.changes += 1
        for name, content in (("stdout", stdout), ("stderr", stderr)):
            before = self._contents.get(name)
            self._contents[name] = content
            if isinstance(before, Capture) and before not in (stdout, stderr):
                self.release(before)
        for name, content in (("stdout", stdout), ("stderr", stderr)):
            self._log.output(
                name, content if isinstance(content, bytes) else content.excerpt(EXCERPT)
            )

    def set_terminal(self, shown: Capture) -> None:
        """Replace the ttyout buffer, and log it as plain text."""
        before = self._contents.get("ttyout")
        self._contents["ttyout"] = shown
        if isinstance(before, Capture):
            self.release(before)
        excerpt = shown.excerpt(EXCERPT)
        if b"\x1b" in excerpt:
            from scriptest.terminal.screen import plain

            excerpt = plain(excerpt)
        self._log.output("ttyout", excerpt)

    # --- captures ----------------------------------------------------------------------------

    def capture(self) -> Capture:
        """Return an empty capture for one stream of a program."""
        capture = Capture(self._folder)
        self._captures.add(capture)
        return capture

    def release(self, capture: Capture) -> None:
        """Close a capture that nothing reads any more."""
        capture.close()
        self._captures.discard(capture)

    def close(self) -> None:
        """Close all captures."""
        for capture in self._captures:
            capture.close()
