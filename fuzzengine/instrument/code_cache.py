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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REWRITERS = ("rewrite.py", "block_code.py", "../cmplog/rewrite.py", "../cmplog/hooks.py")

_KEY = 0x66757A7A


class CodeCache:
    """Code by the hash of everything it depends on.

    A key is the text of all that is not the source: the file's name, the first counter, which
    rewriting it was. The engine's own rewriting modules and the interpreter are part of it too.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._engine = f"{sys.version}\0{sys.flags.optimize}\0{_own_age()}"

    def load(self, source: bytes | str, key: str) -> tuple[CodeType, Any] | None:
        """The code and what was kept with it, or None if they are not kept."""
        try:
            with open(self._path(source, key), "rb") as file:
                code, more = marshal.loads(file.read())
        except (OSError, EOFError, ValueError, TypeError):
            return None
        return (code, more) if isinstance(code, CodeType) else None

    def store(self, source: bytes | str, key: str, code: CodeType, more: int | bytes) -> None:
        """Keep code; a folder that cannot be written to is no error."""
        from scriptest.base.files import write_file

        try:
            os.makedirs(self.folder, exist_ok=True)
            write_file(self._path(source, key), marshal.dumps((code, more)), sync=False)
        except OSError:
            return

    def _path(self, source: bytes | str, key: str) -> str:
        data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        about = f"{self._engine}\0{key}\0{len(data)}".encode("utf-8", "surrogatepass")
        name = source_hash(_KEY, data).hex() + source_hash(_KEY, about).hex()
        return os.path.join(self.folder, name + ".code")


def _own_age() -> str:
    """What changes when the modules that rewrite are changed."""
    folder = os.path.dirname(__file__)
    try:
        stats = [os.stat(os.path.join(folder, name)) for name in _REWRITERS]
    except OSError:
        return ""
    return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)
