"""Block counters of this process and their layout on the wire (Go: internal/fuzz/coverage.go).

In a process all counters are one dense bytearray, in the order in which modules were loaded. On
the wire a counter must mean the same in every worker of a campaign, whatever each imported and in
which order. The layout of the wire is therefore fixed by a table:

    the modules loaded when f.fuzz is called, sorted by name, each with its number of counters;
    then SPARE counters, shared (by a hash of the module's name) by the modules that are loaded
    later or have another number of counters than in the table.

The coordinator makes the table (`freeze()`) and hands its text to the workers, which adopt it
(`freeze(text)`). A worker of another coordinator, such as Go's, makes its own: the same one as long
as the same modules were loaded. The size on the wire never changes after `freeze`.

`is_new` and `reset` run after every execution of the target. Most executions repeat a known state
of the counters, so known states are kept: one hash lookup instead of rounding every counter (3,000
counters: about 1 us instead of 5).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SPARE = 1024
"""Number of counters on the wire for modules that are not in the table."""

_SEEN_STATES_BYTES = 16 << 20
_HEADER = "fuzzengine coverage 1"

# pow2Table of Go: the highest bit of each count.
_ROUND_DOWN = bytes(1 << (n.bit_length() - 1) if n else 0 for n in range(256))
_INVERTED = bytes(range(255, -1, -1))


class Coverage:
    """All block counters of a process.

    Attributes:
        counters: one byte for each block; it may grow but stays the same object.
        hits: the compiled `_counters.Hits` of them, or None where it was not built.
    """

    def __init__(self) -> None:
        self.counters = bytearray()
        self.hits: Any = None
        self._ranges: dict[str, tuple[int, int]] = {}  # module -> first counter, number of them
        self._zeros = b""
        self._table: list[tuple[str, int]] | None = None
        # (first counter, number of counters, offset on the wire) of modules in the table
        self._layout: list[tuple[int, int, int]] = []
        # the same of other modules, with an offset in the spare part
        self._spare: list[tuple[int, int, int]] = []
        self._size = 0
        self._spare_size = SPARE
        self._accepts_any_size = False
        self._mask = b""
        self._unseen = b""  # for each counter, the bits that are not in the mask
        self._unseen_int = -1
        self._stale = True
        self._seen_states: set[bytes] = set()  # states of the counters without new bits
        self._max_seen_states = 0

    def register(self, module: str, blocks: int) -> int:
        """Add counters for a module; return the number of the first.

        A module that is loaded again with as many counters as before keeps its range.
        """
        known = self._ranges.get(module)
        if known is not None and known[1] == blocks:
            return known[0]
        base = len(self.counters)
        self._ranges[module] = (base, blocks)
        self._zeros = bytes(base + blocks)
        self.counters.extend(bytes(blocks))
        self._max_seen_states = _SEEN_STATES_BYTES // (len(self._zeros) or 1)
        self._stale = True
        self._seen_states.clear()
        return base

    def modules(self) -> list[str]:
        """Return the names of the modules that have counters, in the order of loading."""
        return list(self._ranges)

    def base_of(self, module: str) -> int:
        """Return the first counter of a module, or the next free one if it has none yet."""
        known = self._ranges.get(module)
        return known[0] if known is not None else len(self.counters)

    def blocks_of(self, module: str) -> int:
        """Return the number of counters of a module, 0 if it has none."""
        return self._ranges.get(module, (0, 0))[1]

    @property
    def size(self) -> int:
        """Number of bytes of a snapshot; fixes the table if `freeze` was not called yet."""
        if self._table is None:
            self.freeze()
        return self._size

    def owner_of(self, number: int) -> tuple[str, int, int]:
        """Return the owner of a counter on the wire: the module, the block, the first counter.

        The block counts from 0 within the module. For a spare counter, which several modules
        share, the result is ("", -1, -1).
        """
        position = 0
        for name, blocks in self._table or ():
            if number < position + blocks:
                return name, number - position, self._ranges.get(name, (-1, 0))[0]
            position += blocks
        return "", -1, -1

    def freeze(self, table: str = "") -> str:
        """Fix the meaning of each byte on the wire; return the table as text, for workers.

        Args:
            table: the text that the coordinator's `freeze` returned; "" to make the table here.

        Raises:
            ValueError: if `table` is malformed.
        """
        if table:
            self._table = _parse_table(table)
        else:
            self._table = sorted((name, blocks) for name, (_, blocks) in self._ranges.items())
        self._size = sum(blocks for _, blocks in self._table) + SPARE
        self._mask = bytes(self._size)
        self._stale = True
        lines = [_HEADER, *(f"{blocks} {name}" for name, blocks in self._table)]
        return "\n".join(lines) + "\n"

    def accept_any_size(self) -> None:
        """Adopt the size of the first mask as the size on the wire, all of it spare counters.

        A coordinator with counters of its own needs this, such as Go's.
        """
        self._accepts_any_size = True

    def reset(self) -> None:
        """Set all counters to zero (Go: ResetCoverage)."""
        if self.hits is not None:
            self.hits.clear()
        else:
            self.counters[:] = self._zeros

    def restore(self, counters: bytes) -> None:
        """Set the counters to an earlier state, and those that were added since to zero."""
        self.counters[:] = counters.ljust(len(self.counters), b"\0")

    def snapshot(self) -> bytes:
        """Return the counters for the wire: one byte each, rounded down to a power of two."""
        self._arrange()
        return self._to_wire(bytes(self.counters).translate(_ROUND_DOWN))

    def set_mask(self, mask: bytes) -> None:
        """Set the bits that no longer count as new.

        Args:
            mask: the known bits, in the layout of the wire.

        Raises:
            ValueError: if the mask does not have `size` bytes.
        """
        if self._accepts_any_size and mask:
            self._accepts_any_size = False
            self._table, self._size, self._spare_size = [], len(mask), len(mask)
        if len(mask) != self.size:
            raise ValueError(
                f"unexpected size for CoverageData: got {len(mask)}, expected {self._size}"
            )
        if mask == self._mask and not self._stale:
            return
        self._mask = bytes(mask)
        self._stale = True
        self._seen_states.clear()

    def is_new(self) -> bool:
        """Return whether the counters have a bit that is not in the mask."""
        if self._stale:
            self._arrange()
        if self.hits is not None:
            return bool(self.hits.is_new(self._unseen))
        state = bytes(self.counters)
        if state in self._seen_states:
            return False
        if int.from_bytes(state.translate(_ROUND_DOWN), "little") & self._unseen_int:
            return True
        if len(self._seen_states) >= self._max_seen_states:
            self._seen_states.clear()
        self._seen_states.add(state)
        return False

    def _arrange(self) -> None:
        """Compute the offset of each module on the wire, and the unseen bits of all counters."""
        if not self._stale:
            return
        if self._table is None:
            self.freeze()
        assert self._table is not None
        self._layout, self._spare = [], []
        position, placed = 0, set()
        for name, blocks in self._table:
            base, have = self._ranges.get(name, (0, -1))
            if have == blocks:
                self._layout.append((base, blocks, position))
                placed.add(name)
            position += blocks
        for name, (base, blocks) in self._ranges.items():
            if name not in placed:
                self._spare.append((base, blocks, _name_hash(name) % self._spare_size))
        self._unseen = self._from_wire(self._mask).translate(_INVERTED)
        self._unseen_int = _to_int(self._unseen)
        self._stale = False

    def _to_wire(self, rounded: bytes) -> bytes:
        wire = bytearray(self._size)
        for base, blocks, position in self._layout:
            wire[position : position + blocks] = rounded[base : base + blocks]
        if self._spare:
            shared = 0
            for base, blocks, offset in self._spare:
                shared |= _to_int(rounded[base : base + blocks]) << 8 * offset
            room = 8 * self._spare_size
            while shared >> room:  # counters beyond the end wrap around
                shared = shared & (1 << room) - 1 | shared >> room
            start = self._size - self._spare_size
            wire[start:] = shared.to_bytes(self._spare_size, "little")
        return bytes(wire)

    def _from_wire(self, wire: bytes) -> bytes:
        state = bytearray(len(self.counters))
        for base, blocks, position in self._layout:
            state[base : base + blocks] = wire[position : position + blocks]
        shared = wire[self._size - self._spare_size :]
        for base, blocks, offset in self._spare:
            repeated = shared * ((offset + blocks) // len(shared) + 1)
            state[base : base + blocks] = repeated[offset : offset + blocks]
        return bytes(state)


def ranges_of(table: str) -> dict[str, slice]:
    """Return the part of a snapshot that each module has, from the text that `freeze` returned."""
    found = {}
    position = 0
    for name, blocks in _parse_table(table):
        found[name] = slice(position, position + blocks)
        position += blocks
    return found


def table_digest(table: str) -> str:
    """Return 16 hexadecimal digits that two processes share if their counters mean the same.

    Args:
        table: the text that `freeze` returned.
    """
    from hashlib import sha256

    return sha256(table.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def bit_numbers(counters: bytes) -> list[int]:
    """Return the numbers of the bits that are set: bit 3 of counter 7 has the number 7 * 8 + 3."""
    return [
        index * 8 + bit
        for index, counter in enumerate(counters)
        if counter
        for bit in range(8)
        if counter >> bit & 1
    ]


def merge(mask: bytes, got: bytes) -> bytes:
    """Return the union of two snapshots of the same length."""
    return _to_bytes(_to_int(mask) | _to_int(got), mask)


def subtract(got: bytes, mask: bytes) -> bytes:
    """Return the bits of `got` that are not in `mask` (Go: diffCoverage; all zero for nil)."""
    return _to_bytes(_to_int(got) & ~_to_int(mask), got)


def is_subset(keep: bytes, got: bytes) -> bool:
    """Return whether all bits of `keep` are in `got` (Go: isCoverageSubset)."""
    return not _to_int(keep) & ~_to_int(got)


def has_common_bits(keep: bytes, got: bytes) -> bool:
    """Return whether any bit of `keep` is in `got` (Go: hasCoverageBit)."""
    return bool(_to_int(keep) & _to_int(got))


def count_bits(counters: bytes) -> int:
    """Return the number of bits that are set (Go: countBits)."""
    return _to_int(counters).bit_count()


def _to_int(counters: bytes) -> int:
    return int.from_bytes(counters, "little")


def _to_bytes(number: int, like: Sequence[int]) -> bytes:
    return number.to_bytes(len(like), "little")


def _name_hash(name: str) -> int:
    from zlib import crc32

    return crc32(name.encode("utf-8", "surrogatepass"))


def _parse_table(text: str) -> list[tuple[str, int]]:
    header, *lines = text.splitlines() or [""]
    if header != _HEADER:
        raise ValueError(f"coverage table: unknown header {header!r}, want {_HEADER!r}")
    table = []
    for number, line in enumerate(lines, 2):
        blocks, _, name = line.partition(" ")
        if not blocks.isdecimal() or not name:
            raise ValueError(f"coverage table:{number}: want a number and a module name: {line!r}")
        table.append((name, int(blocks)))
    return table


COVERAGE = Coverage()
"""The counters of this process; instrumented code cannot be given others."""
