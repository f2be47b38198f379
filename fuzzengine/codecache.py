"""Keeps instrumented code in a folder, so that the next process need not rewrite it.

A file is whole or absent, and anything wrong with it (or with the folder) means no more than that
the code is made again.
"""

from __future__ import annotations

import marshal
import os
import sys
from _imp import source_hash
from types import CodeType

_KEY = 0x66757A7A
FLAVOUR = "1"
"""Changes whenever rewriting changes what it makes."""


class CodeCache:
    """Code by the hash of everything it depends on."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._interpreter = f"{sys.version}\0{sys.flags.optimize}\0{FLAVOUR}"

    def load(self, source: bytes | str, filename: str, base: int) -> tuple[CodeType, int] | None:
        """The code and its number of counters, or None if they are not kept."""
        try:
            with open(self._path(source, filename, base), "rb") as file:
                code, blocks = marshal.loads(file.read())
        except (OSError, EOFError, ValueError, TypeError):
            return None
        if not isinstance(code, CodeType) or not isinstance(blocks, int):
            return None
        return code, blocks

    def store(
        self, source: bytes | str, filename: str, base: int, code: CodeType, blocks: int
    ) -> None:
        """Keep code; a folder that cannot be written to is no error."""
        path = self._path(source, filename, base)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(marshal.dumps((code, blocks)))
            os.replace(temporary, path)
        except OSError:
            if os.path.exists(temporary):
                os.unlink(temporary)

    def _path(self, source: bytes | str, filename: str, base: int) -> str:
        data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        about = f"{self._interpreter}\0{filename}\0{base}\0{len(data)}".encode(
            "utf-8", "surrogatepass"
        )
        name = source_hash(_KEY, data).hex() + source_hash(_KEY, about).hex()
        return os.path.join(self.folder, name + ".code")
