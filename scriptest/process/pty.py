"""Creates terminals: a pair of ends, one for a program and one for its user.

Linux and macOS have them. Nothing here imports what other systems lack before it is called.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from collections.abc import Callable
from functools import partial

ROWS, COLUMNS = 24, 80
"""The size of a terminal unless a script says otherwise."""

_CHUNK = 65536
_FLUSHED = 1  # TIOCPKT_FLUSHREAD, which not every Python's termios has


class StuckError(Exception):
    """A program does not read what is typed at its terminal."""


class Terminal:
    """A terminal's two ends.

    Attributes:
        master: the descriptor of the person's end.
        slave: the descriptor of the program's end; -1 once it was given away.
        device: the terminal's device number.
        take_control: makes this the terminal of the calling process, the leader of a session. It
            is called in a fork of a process with threads, and so imports and allocates nothing.
    """

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        """Make a terminal of a size in characters.

        Raises:
            OSError: the system has no terminal left.
        """
        from fcntl import ioctl
        from termios import TIOCSCTTY

        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        self.device = os.fstat(self.slave).st_rdev
        self.take_control: Callable[[], int] = partial(ioctl, self.slave, TIOCSCTTY, 0)
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size, which tells the program (SIGWINCH)."""
        import fcntl
        import termios

        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # --- the program's end -------------------------------------------------------------------

    def unread_input(self) -> int:
        """Return the number of typed bytes that the program has not read yet."""
        import fcntl
        import termios

        return int(struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)))[0])

    def echoes(self) -> bool:
        """Report whether what is typed now is shown."""
        import termios

        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def close_slave(self) -> None:
        """Leave the program's end to the programs that have it open."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1

    # --- the person's end --------------------------------------------------------------------

    def report_flushes(self) -> None:
        """Make every read tell whether the program threw typed input away (packet mode)."""
        import fcntl
        import termios

        fcntl.ioctl(self.master, termios.TIOCPKT, struct.pack("i", 1))

    def wait(self, seconds: float | None) -> bool:
        """Wait until `read` returns something; False if it still would not after that time."""
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))

    def read(self) -> bytes | None:
        """Return new output, at most 64 KiB; None when no more can come.

        Raises:
            BlockingIOError: nothing is there yet.
        """
        try:
            return os.read(self.master, _CHUNK) or None
        except OSError as error:
            if error.errno == errno.EIO:
                return None
            raise

    def read_packet(self) -> tuple[bytes | None, bool]:
        """Return the result of `read`, and whether the program threw typed input away."""
        try:
            packet = self.read()
        except BlockingIOError:
            return b"", False
        if packet is None:
            return None, False
        # Either a status, or a zero and what was shown.
        return packet[1:], bool(packet[0] & _FLUSHED)

    def write_some(self, data: bytes) -> int:
        """Type as much of some data as there is room for; return the number of bytes."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def write(self, data: bytes, deadline: float) -> None:
        """Type something.

        Args:
            data: what is typed, keys as their bytes.
            deadline: time.monotonic() until which the program may leave it unread.

        Raises:
            StuckError: it did not fit before the deadline.
            OSError: no program has the terminal open any more.
        """
        while True:
            data = data[self.write_some(data) :]
            if not data:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise StuckError
            poll = select.poll()
            poll.register(self.master, select.POLLOUT)
            poll.poll(left * 1000)

    def close(self) -> None:
        """Close both ends; programs that still have theirs open get a hang-up."""
        self.close_slave()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
