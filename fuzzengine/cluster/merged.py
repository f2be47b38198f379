"""Merges what leases have found about one fuzz test: entries by coverage, failures by bucket."""

from __future__ import annotations

from fuzzengine.findings.buckets import Bucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fuzzengine.cluster.store import Stored


class Merged:
    """The corpus, the coverage and the buckets of one fuzz test.

    Attributes:
        entries: the entries of the corpus, by name.
        unmeasured: the names of those whose coverage is not known.
        masks: the bits that each of the others reaches, as a number.
        buckets: the buckets by title.
        covered: the bits that entries reach, as a number.
    """

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.unmeasured: set[str] = set()
        self.masks: dict[str, int] = {}
        self.buckets: dict[str, Bucket] = {}
        self.covered = 0
        self._unstable = 0

    def load(self, stored: Stored) -> None:
        """Add what a store has."""
        for name, data in stored.entries.items():
            self.entries[name] = data
            if name in stored.bits:
                self._measure(name, mask_of(stored.bits[name]))
            else:
                self.unmeasured.add(name)
        for title, crash in stored.crashes.items():
            data = crash["input"].encode("utf-8", "surrogateescape")
            bucket = Bucket(title, str(crash.get("name", "")), data)
            bucket.count, bucket.known = 0, True
            self.buckets.setdefault(title, bucket)

    def ignore(self, bits: Iterable[int]) -> None:
        """Add unstable bits: no bit of their counters makes an entry new."""
        self._unstable |= mask_of(
            number for bit in bits for number in range(bit & ~7, (bit & ~7) + 8)
        )

    def add(self, name: str, data: bytes, bits: Sequence[int]) -> bool:
        """Add an entry unless it adds nothing; return whether it was added or measured."""
        mask = mask_of(bits)
        if name in self.unmeasured:
            self.unmeasured.discard(name)
            self._measure(name, mask)
            return True
        if name in self.entries or not mask & ~(self.covered | self._unstable):
            return False
        self.entries[name] = data
        self._measure(name, mask)
        return True

    def _measure(self, name: str, mask: int) -> None:
        self.masks[name] = mask
        self.covered |= mask

    @property
    def bits(self) -> int:
        """The number of bits that entries reach."""
        return self.covered.bit_count()

    @property
    def unstable(self) -> int:
        """The number of unstable counters."""
        return self._unstable.bit_count() // 8

    @property
    def unstable_counters(self) -> set[int]:
        """The numbers of the unstable counters."""
        return {number for number, bits in enumerate(counters_of(self._unstable)) if bits}

    def blocks(self, counters: int) -> int:
        """Return the number of blocks that entries reach, of the first `counters`."""
        reached = counters_of(self.covered)[:counters]
        return len(reached) - reached.count(0)


def counters_of(mask: int, size: int = 0) -> bytes:
    """Return the counters that a number with bits stands for, at least `size`."""
    return mask.to_bytes(max(-(-mask.bit_length() // 8), size), "little")


def mask_of(bits: Iterable[int]) -> int:
    """Return a number with the given bits set."""
    numbers = list(bits)
    mask = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        mask[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(mask, "little")
