"""A Go checksum database: an append-only Merkle tree, signed, served in tiles.

The protocol is that of the go command's `GOSUMDB` (golang.org/x/mod/sumdb): `/lookup/MODULE`,
`/latest` and `/tile/8/LEVEL/NUMBER`.
"""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from . import ed25519

NAME = "localhost.localdev/sumdb"
"""What the database calls itself; scripts of Go's suite rely on it."""

_SEED = sha256(b"scriptest conformance: a checksum database nobody trusts").digest()
_ALGORITHM = b"\x01"
_TILE_HEIGHT = 8

Hash = bytes


def _public() -> bytes:
    return _ALGORITHM + ed25519.public_key(_SEED)


def _key_id(public: bytes) -> bytes:
    return sha256(NAME.encode() + b"\n" + public).digest()[:4]


def verifier_key() -> str:
    """Return what GOSUMDB is set to so that the go command trusts this database."""
    public = _public()
    return f"{NAME}+{_key_id(public).hex()}+{b64encode(public).decode()}"


class Tile(NamedTuple):
    """A piece of the tree: `width` hashes of one level, or records if `level` is None."""

    level: int | None
    number: int
    width: int


_TILE = re.compile(r"tile/8/(data|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")


def parse_tile(path: str) -> Tile | None:
    """Return the tile that a path such as `tile/8/0/x001/067.p/12` names; None for a bad one."""
    found = _TILE.fullmatch(path)
    if found is None:
        return None
    level, number, width = found.groups()
    digits = number.replace("x", "").replace("/", "")
    whole = 1 << _TILE_HEIGHT
    partial = int(width) if width is not None else whole
    if not 0 < partial <= whole or (width is not None and partial == whole):
        return None
    return Tile(None if level == "data" else int(level), int(digits), partial)


class Database:
    """One database; two of the same key that disagree are a fork that clients must detect."""

    def __init__(self, record: Callable[[str, str], bytes | None]) -> None:
        """Begin an empty database.

        Args:
            record: gives the go.sum lines of a module's path and version, or None.
        """
        self._record = record
        self._records: list[bytes] = []
        self._ids: dict[tuple[str, str], int] = {}
        self._hashes: dict[tuple[int, int], Hash] = {}
        self._heads: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def add(self, path: str, version: str) -> int | None:
        """Return the number of a module's record, made now if it is new; None if unknown."""
        with self._lock:
            number = self._ids.get((path, version))
            if number is None:
                text = self._record(path, version)
                if text is None:
                    return None
                number = self._ids[path, version] = len(self._records)
                self._records.append(text)
            return number

    def lookup(self, path: str, version: str) -> bytes | None:
        """Return the answer to a lookup, which adds the module if it is new; None if unknown."""
        number = self.add(path, version)
        if number is None:
            return None
        with self._lock:
            return b"%d\n%s\n%s" % (number, self._records[number], self._head())

    def latest(self) -> bytes:
        """Return the signed head of the tree."""
        with self._lock:
            return self._head()

    def tile(self, tile: Tile) -> bytes | None:
        """Return a tile's content; None if the tree is too small for it."""
        first = tile.number << _TILE_HEIGHT
        with self._lock:
            if tile.level is None:
                records = self._records[first : first + tile.width]
                return b"".join(text + b"\n" for text in records) if records else None
            level = tile.level * _TILE_HEIGHT
            if (first + tile.width) << level > len(self._records):
                return None
            return b"".join(self._subtree(level, first + i) for i in range(tile.width))

    def _head(self) -> bytes:
        size = len(self._records)
        if size not in self._heads:
            root = self._root(0, size) if size else sha256().digest()
            text = f"go.sum database tree\n{size}\n{b64encode(root).decode()}\n".encode()
            signature = _key_id(_public()) + ed25519.sign(_SEED, text)
            line = f"\n\N{EM DASH} {NAME} {b64encode(signature).decode()}\n"
            self._heads[size] = text + line.encode()
        return self._heads[size]

    def _root(self, start: int, end: int) -> Hash:
        """Return the hash of the records from start to end, as RFC 6962 defines it."""
        count = end - start
        level = (count - 1).bit_length()
        if count == 1 << level:
            return self._subtree(level, start >> level)
        middle = start + (1 << level - 1)
        return _node(self._root(start, middle), self._root(middle, end))

    def _subtree(self, level: int, number: int) -> Hash:
        """Return the hash of a complete subtree of 2**level records."""
        key = level, number
        if key not in self._hashes:
            if level == 0:
                self._hashes[key] = sha256(b"\x00" + self._records[number]).digest()
            else:
                left = self._subtree(level - 1, 2 * number)
                self._hashes[key] = _node(left, self._subtree(level - 1, 2 * number + 1))
        return self._hashes[key]


def _node(left: Hash, right: Hash) -> Hash:
    return sha256(b"\x01" + left + right).digest()
