"""A cache of instrumented code in a folder, so that the next process need not rewrite it.

Files appear whole or not at all. Code is rewritten again if a file or the folder cannot be read.
"""

from __future__ import annotations

import marshal
import os
import sys
from _imp import source_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_REWRITERS = ("rewrite.py", "block_code.py", "../cmplog/rewrite.py", "../cmplog/hooks.py")

_HASH_KEY = 0x66757A7A
_CODE_TYPE = type((lambda: None).__code__)


class CodeCache:
    """Code objects by a hash of everything they depend on.

    That is the source, a key (the file name, the number of the first counter, the kind of code),
    the modules that rewrite it, and the interpreter.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._engine = f"{sys.version}\0{sys.flags.optimize}\0{_rewriters_version()}"

    def load(self, source: bytes | str, key: str) -> tuple[CodeType, Any] | None:
        """Return the code and the data stored with it, or None if they are not in the cache."""
        from scriptest.base.regular_files import read_file

        try:
            code, data = marshal.loads(read_file(self._path(source, key)))
        except (OSError, EOFError, ValueError, TypeError):
            return None
        return (code, data) if isinstance(code, _CODE_TYPE) else None

    def store(self, source: bytes | str, key: str, code: CodeType, data: int | bytes) -> None:
        """Store code and some data with it; do nothing if the folder cannot be written to."""
        from scriptest.base.files import write_file

        try:
            os.makedirs(self.folder, exist_ok=True)
            write_file(self._path(source, key), marshal.dumps((code, data)), sync=False)
        except OSError:
            return

    def _path(self, source: bytes | str, key: str) -> str:
        text = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        rest = f"{self._engine}\0{key}\0{len(text)}".encode("utf-8", "surrogatepass")
        name = source_hash(_HASH_KEY, text).hex() + source_hash(_HASH_KEY, rest).hex()
        return os.path.join(self.folder, name + ".code")


def _rewriters_version() -> str:
    """Return a text that changes whenever a module that rewrites code does."""
    folder = os.path.dirname(__file__)
    try:
        stats = [os.stat(os.path.join(folder, name)) for name in _REWRITERS]
    except OSError:
        return ""
    return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)
