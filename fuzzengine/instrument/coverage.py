"""The counters of this process and their form on the wire (Go: internal/fuzz/coverage.go).

Inside a process all counters are one dense bytearray in the order in which modules were loaded.
On the wire a counter must mean the same in every worker of a campaign, whatever was imported in
whichever order, so the wire has its own order, fixed by a table:

    the modules loaded when the fuzz function is reached, sorted by name, each with its number of
    counters; then SPARE counters shared (by a hash of the module's name) by every module that
    appears later, or whose number of counters is not the one in the table.

The coordinator makes the table (`freeze()`) and hands its text to the workers, which adopt it
(`freeze(text)`). A worker of a foreign coordinator makes its own, equal as long as the same modules
were loaded. The size on the wire never changes after `freeze`.

`is_new` and `reset` run after every execution of the target. Most executions repeat a state of the
counters that was looked at before, so those are remembered as they are: one hash look-up instead of
rounding every counter (3,000 counters: about 1 us instead of 5).
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SPARE = 1024
"""Counters on the wire for modules that are not in the table."""

_REMEMBERED_BYTES = 16 << 20
_HEADER = "fuzzengine coverage 1"

# pow2Table of Go: the highest bit of each count.
_ROUND_DOWN = bytes(1 << (n.bit_length() - 1) if n else 0 for n in range(256))
_INVERTED = bytes(range(255, -1, -1))


class Coverage:
    """All block counters of a process.

    Attributes:
        counters: one for each block; may grow but stays the same object.
        hits: what looks at them in C (`_counters.Hits`), None where that is done in Python.
    """

    def __init__(self) -> None:
        self.counters = bytearray()
        self.hits: Any = None
        self._ranges: dict[str, tuple[int, int]] = {}  # module -> first counter, number of them
        self._zeros = b""
        self._table: list[tuple[str, int]] | None = None
        self._layout: list[tuple[int, int, int]] = []  # first, number, first on the wire
        self._spare: list[tuple[int, int, int]] = []  # the same for modules not in the table
        self._size = 0
        self._spare_size = SPARE
        self._any_size = False
        self._mask = b""
        self._unseen = b""  # the bits not in the mask, of all counters
        self._unseen_number = -1
        self._stale = True
        self._old: set[bytes] = set()  # states of the counters known to hold nothing new
        self._old_limit = 0

    def register(self, module: str, blocks: int) -> int:
        """Make room for a module's counters; return the number of the first.

        A module loaded again with as many counters as before keeps its range.
        """
        known = self._ranges.get(module)
        if known is not None and known[1] == blocks:
            return known[0]
        base = len(self.counters)
        self._ranges[module] = (base, blocks)
        self._zeros = bytes(base + blocks)
        self.counters.extend(bytes(blocks))
        self._old_limit = _REMEMBERED_BYTES // (len(self._zeros) or 1)
        self._stale = True
        self._old.clear()
        return base

    def modules(self) -> list[str]:
        """The names of the modules that have counters, in the order in which they were loaded."""
        return list(self._ranges)

    def base_of(self, module: str) -> int:
        """The first counter of a module, or the one that it would get if it is not known yet."""
        known = self._ranges.get(module)
        return known[0] if known is not None else len(self.counters)

    @property
    def size(self) -> int:
        """Bytes of a snapshot on the wire; fixes the table if `freeze` was not called yet."""
        if self._table is None:
            self.freeze()
        return self._size

    def owner_of(self, number: int) -> tuple[str, int, int]:
        """Whose counter one on the wire is: the module, which of its blocks, its first counter.

        The module is "" and the rest -1 for the counters that several modules share.
        """
        position = 0
        for name, blocks in self._table or ():
            if number < position + blocks:
                return name, number - position, self._ranges.get(name, (-1, 0))[0]
            position += blocks
        return "", -1, -1

    def freeze(self, table: str = "") -> str:
        """Fix what each byte on the wire means; return that as text for `freeze` of a worker.

        Raises:
            ValueError: if `table` is not such a text.
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

    def take_any_size(self) -> None:
        """Let the first mask decide on the size on the wire, and all modules share that room.

        It is what a coordinator asks for that has counters of its own: one of Go's.
        """
        self._any_size = True

    def reset(self) -> None:
        """Set all counters to zero (Go: ResetCoverage)."""
        if self.hits is not None:
            self.hits.clear()
        else:
            self.counters[:] = self._zeros

    def snapshot(self) -> bytes:
        """The counters on the wire: one byte each, rounded down to a power of two."""
        self._arrange()
        return self._to_wire(bytes(self.counters).translate(_ROUND_DOWN))

    def set_mask(self, mask: bytes) -> None:
        """Say which bits are known (wire form): those no longer count as new.

        Raises:
            ValueError: if the mask has not `size` bytes.
        """
        if self._any_size and mask:
            self._any_size = False
            self._table, self._size, self._spare_size = [], len(mask), len(mask)
        if len(mask) != self.size:
            raise ValueError(
                f"unexpected size for CoverageData: got {len(mask)}, expected {self._size}"
            )
        if mask == self._mask and not self._stale:
            return
        self._mask = bytes(mask)
        self._stale = True
        self._old.clear()

    def is_new(self) -> bool:
        """Tell whether the counters hold a bit that the mask has not."""
        if self._stale:
            self._arrange()
        if self.hits is not None:
            return bool(self.hits.is_new(self._unseen))
        state = bytes(self.counters)
        if state in self._old:
            return False
        if int.from_bytes(state.translate(_ROUND_DOWN), "little") & self._unseen_number:
            return True
        if len(self._old) >= self._old_limit:
            self._old.clear()
        self._old.add(state)
        return False

    def new_bits(self) -> bytes:
        """The bits of the counters that the mask has not, in wire form (Go: diffCoverage)."""
        return subtract(self.snapshot(), self._mask)

    def _arrange(self) -> None:
        """Work out where each module's counters are on the wire, and the mask of all of them."""
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
                self._spare.append((base, blocks, _hash(name) % self._spare_size))
        self._unseen = self._from_wire(self._mask).translate(_INVERTED)
        self._unseen_number = _number(self._unseen)
        self._stale = False

    def _to_wire(self, rounded: bytes) -> bytes:
        wire = bytearray(self._size)
        for base, blocks, position in self._layout:
            wire[position : position + blocks] = rounded[base : base + blocks]
        if self._spare:
            shared = 0
            for base, blocks, offset in self._spare:
                shared |= _number(rounded[base : base + blocks]) << 8 * offset
            room = 8 * self._spare_size
            while shared >> room:  # what is beyond the end goes on at the beginning
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


def by_module(wire: bytes, table: str) -> dict[str, bytes]:
    """Return the counters of each module, from a snapshot and the text that `freeze` gave."""
    found = {}
    position = 0
    for name, blocks in _parse_table(table):
        found[name] = wire[position : position + blocks]
        position += blocks
    return found


def merge(mask: bytes, got: bytes) -> bytes:
    """All bits of both (same length)."""
    return _bytes(_number(mask) | _number(got), mask)


def subtract(got: bytes, mask: bytes) -> bytes:
    """The bits of `got` that `mask` has not (Go: diffCoverage; all zero where Go has nil)."""
    return _bytes(_number(got) & ~_number(mask), got)


def is_subset(keep: bytes, got: bytes) -> bool:
    """Tell whether all bits of `keep` are in `got` (Go: isCoverageSubset)."""
    return not _number(keep) & ~_number(got)


def has_common_bits(keep: bytes, got: bytes) -> bool:
    """Tell whether a bit of `keep` is in `got` (Go: hasCoverageBit)."""
    return bool(_number(keep) & _number(got))


def count_bits(cover: bytes) -> int:
    """The number of bits set (Go: countBits)."""
    return _number(cover).bit_count()


def _number(cover: bytes) -> int:
    return int.from_bytes(cover, "little")


def _bytes(number: int, like: Sequence[int]) -> bytes:
    return number.to_bytes(len(like), "little")


def _hash(name: str) -> int:
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
"""The counters of this process: instrumented code can only write to one place."""
