"""The pseudo-random numbers of the mutator: exactly Go's PCG-XSH-RR-64/32.

Numbers are made _BATCH at a time, each step of the algorithm done for all of them by one operation
on large integers. The states that follow a state are known multiples of it plus known multiples of
the increment, so two products, with a lane of 128 bits for each state, give them all. That is a
third of the cost of one step after the other.
"""

from __future__ import annotations

import itertools
from _struct import Struct
from operator import length_hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MULTIPLIER = 6364136223846793005
_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF
_BATCH = 256

# Go numbers its generators per process, so that two of one seed give different streams.
_instances = itertools.count(1)


class PCG:
    """A pseudo-random number generator of 64 bits of state (Go: internal/fuzz.pcgRand).

    Not safe for use by several threads at once.

    Attributes:
        words: the numbers to come, each in [0, 2**32), without end; `restore` replaces them.
        word: returns the next of them (Go: uint32).
        inc: the stream, an odd unsigned 64-bit integer.
    """

    __slots__ = ("_now", "inc", "word", "words")

    def __init__(self, state: int, inc: int) -> None:
        self.restore(state, inc)

    @classmethod
    def seeded(cls, seed: int, instance: int | None = None) -> PCG:
        """Make a generator from a seed of any size, taken modulo 2**64 (Go: newPcgRand).

        Args:
            seed: where the stream starts.
            instance: which of the streams; by default the next one of this process, from 1 on,
                as in Go.
        """
        number = next(_instances) if instance is None else instance
        inc = (number << 1 | 1) & _MASK64
        state = (seed & _MASK64) * _MULTIPLIER + inc + seed
        return cls((state * _MULTIPLIER + inc) & _MASK64, inc)

    def save(self) -> tuple[int, int]:
        """Return (state, inc), from which `restore` goes on with the same numbers."""
        return self.state, self.inc

    def restore(self, state: int, inc: int) -> None:
        """Go on from what `save` returned."""
        self.inc = inc
        self._now = _Batch(state)
        self.words: Iterator[int] = itertools.chain.from_iterable(_batches(self._now, inc))
        self.word: Callable[[], int] = self.words.__next__

    @property
    def state(self) -> int:
        """The position in the stream, an unsigned 64-bit integer."""
        now = self._now
        index = now.size - length_hint(now.words)
        return now.state * _POWERS[index] + self.inc * _TOTALS[index] & _MASK64

    def uint32(self) -> int:
        """Return a number in [0, 2**32)."""
        return self.word()

    def intn(self, n: int) -> int:
        """Return a number in [0, n), and 0 for n = 0 (Go: uint32n).

        Multiplies instead of dividing and rejects what would be biased (Lemire's method).

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
        """Return what `intn(n)` does, after it came to `product` with a lower half below n."""
        if n >> 32:
            raise ValueError(f"{n} does not fit in 32 bits")
        threshold = (0x100000000 - n) % n
        while product & _MASK32 < threshold:
            product = self.word() * n
        return product >> 32

    def random_bytes(self, count: int) -> bytes:
        """Return so many random bytes: what as many calls of intn(256) give."""
        # intn(256) keeps the upper 8 of the 32 bits and has nothing to reject.
        return bytes([word >> 24 for word in itertools.islice(self.words, count)])

    def bool(self) -> bool:
        """Return True or False, each half of the time."""
        return not self.word() & 1


class _Batch:
    """The numbers made last: `size` of them, `words` still to be given out.

    `state` is the state before the first of them.
    """

    __slots__ = ("size", "state", "words")

    def __init__(self, state: int) -> None:
        self.state = state
        self.size = 0
        self.words: Iterator[int] = iter(())


def _batches(now: _Batch, inc: int) -> Iterator[Iterator[int]]:
    """Yield the numbers that follow a state, _BATCH at a time; `now` follows."""
    increments = inc * _INCREMENTS & _STATES
    while True:
        if now.size:
            now.state = now.state * _POWERS[_BATCH] + inc * _TOTALS[_BATCH] & _MASK64
        # No sum reaches the next lane: each has 128 bits for numbers of 64.
        states = (now.state * _MULTIPLIERS & _STATES) + increments & _STATES
        # 32 bits to rotate; above them the 5 upper bits of the state, that say how far.
        halves = (states >> 45 ^ states >> 27) & _WITH_TURNS
        words = halves & _FIRST_HALF | halves >> _HALF << 64
        numbers = words & _WORDS
        # A number that stands twice in 64 bits is rotated by a shift: by 1, by 2, by 4...
        numbers |= numbers << 32
        for bit in range(5):
            chosen = words >> 32 + bit & _ONES
            numbers ^= (numbers ^ numbers >> (1 << bit)) & (chosen << 64) - chosen
        now.words = iter(_unpack(numbers.to_bytes(_BATCH * 8, "little")))
        now.size = _BATCH
        yield now.words


def _steps() -> tuple[list[int], list[int]]:
    """Return by what a state and by what the increment counts 0, 1, 2... _BATCH steps on."""
    powers, totals = [1], [0]
    for _ in range(_BATCH):
        powers.append(powers[-1] * _MULTIPLIER & _MASK64)
        totals.append(totals[-1] * _MULTIPLIER + 1 & _MASK64)
    return powers, totals


def _lanes(numbers: list[int], bits: int) -> int:
    data = b"".join(number.to_bytes(bits // 8, "little") for number in numbers)
    return int.from_bytes(data, "little")


_POWERS, _TOTALS = _steps()
# The second half of the lanes has the states between those of the first: laid into the gaps of the
# first half, the numbers stand in their order.
_MULTIPLIERS = _lanes(_POWERS[0:_BATCH:2] + _POWERS[1:_BATCH:2], 128)
_INCREMENTS = _lanes(_TOTALS[0:_BATCH:2] + _TOTALS[1:_BATCH:2], 128)
_STATES = _lanes([_MASK64] * _BATCH, 128)
_WITH_TURNS = _lanes([(1 << 37) - 1] * _BATCH, 128)
_HALF = _BATCH // 2 * 128
_FIRST_HALF = (1 << _HALF) - 1
_WORDS = _lanes([_MASK32] * _BATCH, 64)
_ONES = _lanes([1] * _BATCH, 64)
_unpack = Struct("<" + "I4x" * _BATCH).unpack
