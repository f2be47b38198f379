"""Writes files so that they appear whole or not at all."""

from __future__ import annotations

import os
import stat


def write_file(path: str, data: bytes | bytearray) -> None:
    """Replace a file, or make it; its mode stays, and a link to it stays a link.

    Raises:
        OSError: it cannot be written; nothing has changed then.
    """
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    try:
        mode: int | None = stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        mode = None
    temporary = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
