"""SHA-256, without the library of cryptography that hashlib loads, where little is to be hashed.

That library is faster with large data, but loading it takes as long as a fifth of a start. Python's
own module is the one that hashlib uses where there is no such library.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SMALL = 1 << 14
_OWN_MODULE = "_sha2" if sys.version_info >= (3, 12) else "_sha256"


def _from_hashlib(data: bytes) -> Any:
    from hashlib import sha256

    return sha256(data)


def _of_small_data() -> Callable[[bytes], Any]:
    try:
        own: Callable[[bytes], Any] = __import__(_OWN_MODULE).sha256
    except ImportError:
        return _from_hashlib
    return own


_SHA256 = _of_small_data()


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of a SHA-256 digest."""
    made = _SHA256(data) if len(data) <= _SMALL else _from_hashlib(data)
    digest: bytes = made.digest()
    return digest
