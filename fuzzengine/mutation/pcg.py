"""The pseudo-random number generator of the mutator: PCG-XSH-RR-64/32, as in Go.

Numbers are generated _BATCH at a time, with each step of the algorithm done for all of them by one
operation on large integers. The states that follow a state are known multiples of it plus known
multiples of the increment, so two products, with a lane of 128 bits for each state, give them all.
That is a third of the cost of generating one number after the other.
"""

from __future__ import annotations

import itertools
from _operator import length_hint
from _struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MULTIPLIER = 6364136223846793005
_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF
_BATCH = 256

# Go numbers the generators of a process, so that two with the same seed have different streams.
_instances = itertools.count(1)


class PCG:
    """A pseudo-random number generator with 64 bits of state (Go: internal/fuzz.pcgRand).

    It is not thread-safe.

    Attributes:
        words: an endless iterator of the next numbers in [0, 2**32); `restore` replaces it.
        word: returns the next number (Go: uint32).
        inc: the stream, an odd unsigned 64-bit integer.
    """

    __slots__ = ("_batch", "inc", "word", "words")

    def __init__(self, state: int, inc: int) -> None:
        self.restore(state, inc)

    @classmethod
    def seeded(cls, seed: int, instance: int | None = None) -> PCG:
        """Return a generator for a seed, taken modulo 2**64 (Go: newPcgRand).

        Args:
            seed: determines the first state.
            instance: the number of the stream; by default the next one of this process, from 1
                on, as in Go.
        """
        number = next(_instances) if instance is None else instance
        inc = (number << 1 | 1) & _MASK64
        state = (seed & _MASK64) * _MULTIPLIER + inc + seed
        return cls((state * _MULTIPLIER + inc) & _MASK64, inc)

    def save(self) -> tuple[int, int]:
        """Return (state, inc), from which `restore` continues with the same numbers."""
        return self.state, self.inc

    def restore(self, state: int, inc: int) -> None:
        """Continue from a state that `save` returned."""
        self.inc = inc
        self._batch = _Batch(state)
        self.words: Iterator[int] = itertools.chain.from_iterable(_batches(self._batch, inc))
        self.word: Callable[[], int] = self.words.__next__

    @property
    def state(self) -> int:
        """The position in the stream, an unsigned 64-bit integer."""
        batch = self._batch
        index = batch.size - length_hint(batch.words)
        return batch.state * _POWERS[index] + self.inc * _TOTALS[index] & _MASK64

    def intn(self, n: int) -> int:
        """Return a number in [0, n), and 0 for n = 0 (Go: uint32n).

        Multiplies instead of dividing, and rejects numbers that would be biased (Lemire's method).

        Raises:
            ValueError: n does not fit in 32 bits.
        """
        product = self.word() * n
        if product & 0xFFFFFFFF < n:
            return self.unbiased(product, n)
        if n < 0:
            raise ValueError(f"{n} does not fit in 32 bits")
        return product >> 32

    def unbiased(self, product: int, n: int) -> int:
        """Return the result of `intn(n)` if its first product has a lower half below n."""
        if n >> 32:
            raise ValueError(f"{n} does not fit in 32 bits")
        threshold = (0x100000000 - n) % n
        while product & _MASK32 < threshold:
            product = self.word() * n
        return product >> 32

    def random_bytes(self, count: int) -> bytes:
        """Return random bytes, the same as `count` calls of intn(256)."""
        # intn(256) keeps the upper 8 of the 32 bits and never rejects a number.
        return bytes([word >> 24 for word in itertools.islice(self.words, count)])


class _Batch:
    """The numbers generated last.

    Attributes:
        state: the state before the first of them.
        size: how many there were.
        words: those not yet returned.
    """

    __slots__ = ("size", "state", "words")

    def __init__(self, state: int) -> None:
        self.state = state
        self.size = 0
        self.words: Iterator[int] = iter(())


def _batches(batch: _Batch, inc: int) -> Iterator[Iterator[int]]:
    """Yield the numbers that follow a state, _BATCH at a time, and update `batch`."""
    increments = inc * _INCREMENTS & _STATES
    while True:
        if batch.size:
            batch.state = batch.state * _POWERS[_BATCH] + inc * _TOTALS[_BATCH] & _MASK64
        # No sum overflows into the next lane: lanes have 128 bits for 64-bit numbers.
        states = (batch.state * _MULTIPLIERS & _STATES) + increments & _STATES
        # 32 bits to rotate; above them the 5 upper bits of the state, the distance.
        halves = (states >> 45 ^ states >> 27) & _WITH_DISTANCE
        words = halves & _FIRST_HALF | halves >> _HALF << 64
        numbers = words & _WORDS
        # With a second copy of the number above it, rotating is shifting: by 1, by 2, by 4...
        numbers |= numbers << 32
        for bit in range(5):
            chosen = words >> 32 + bit & _ONES
            numbers ^= (numbers ^ numbers >> (1 << bit)) & (chosen << 64) - chosen
        batch.words = iter(_unpack(numbers.to_bytes(_BATCH * 8, "little")))
        batch.size = _BATCH
        yield batch.words


def _jump_factors() -> tuple[list[int], list[int]]:
    """Return the factors of the state and of the increment 0, 1, 2... _BATCH numbers ahead."""
    powers, totals = [1], [0]
    for _ in range(_BATCH):
        powers.append(powers[-1] * _MULTIPLIER & _MASK64)
        totals.append(totals[-1] * _MULTIPLIER + 1 & _MASK64)
    return powers, totals


def _lanes(numbers: list[int], bits: int) -> int:
    data = b"".join(number.to_bytes(bits // 8, "little") for number in numbers)
    return int.from_bytes(data, "little")


_POWERS, _TOTALS = _jump_factors()
# The first half of the lanes has every second state, the second half those between, so that the
# numbers of the second half fit into the gaps of the first, in their order.
_MULTIPLIERS = _lanes(_POWERS[0:_BATCH:2] + _POWERS[1:_BATCH:2], 128)
_INCREMENTS = _lanes(_TOTALS[0:_BATCH:2] + _TOTALS[1:_BATCH:2], 128)
_STATES = _lanes([_MASK64] * _BATCH, 128)
_WITH_DISTANCE = _lanes([(1 << 37) - 1] * _BATCH, 128)
_HALF = _BATCH // 2 * 128
_FIRST_HALF = (1 << _HALF) - 1
_WORDS = _lanes([_MASK32] * _BATCH, 64)
_ONES = _lanes([1] * _BATCH, 64)
_unpack = Struct("<" + "I4x" * _BATCH).unpack
