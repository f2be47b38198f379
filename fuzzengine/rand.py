"""The pseudo-random numbers of the mutator: exactly Go's PCG-XSH-RR-64/32."""

from __future__ import annotations

import itertools

_MULTIPLIER = 6364136223846793005
# A 32-bit word times this stands twice in 64 bits, where a shift is a rotation.
_TWICE = 0x100000001
_MASK32 = 0xFFFFFFFF
_MASK64 = 0xFFFFFFFFFFFFFFFF

# Go numbers its generators per process, so that two of one seed give different streams.
_instances = itertools.count(1)


class PCG:
    """A pseudo-random number generator of 64 bits of state (Go: internal/fuzz.pcgRand).

    Not safe for use by several threads at once.

    Attributes:
        state: the position in the stream, an unsigned 64-bit integer.
        inc: the stream, an odd unsigned 64-bit integer.
    """

    __slots__ = ("inc", "state")

    def __init__(self, state: int, inc: int) -> None:
        self.state = state
        self.inc = inc

    @classmethod
    def seeded(cls, seed: int, instance: int | None = None) -> PCG:
        """Make a generator from a seed of any size, taken modulo 2**64 (Go: newPcgRand).

        Args:
            seed: where the stream starts.
            instance: which of the streams; by default the next one of this process, from 1 on,
                as in Go.
        """
        number = next(_instances) if instance is None else instance
        rng = cls(seed & _MASK64, (number << 1 | 1) & _MASK64)
        rng._step()
        rng.state = (rng.state + seed) & _MASK64
        rng._step()
        return rng

    def save(self) -> tuple[int, int]:
        """Return (state, inc), from which `restore` goes on with the same numbers."""
        return self.state, self.inc

    def restore(self, state: int, inc: int) -> None:
        """Go on from what `save` returned."""
        self.state = state
        self.inc = inc

    def _step(self) -> None:
        self.state = (self.state * _MULTIPLIER + self.inc) & _MASK64

    def uint32(self) -> int:
        """Return a number in [0, 2**32)."""
        x = self.state
        self.state = (x * 6364136223846793005 + self.inc) & 0xFFFFFFFFFFFFFFFF
        word = (x >> 45 ^ x >> 27) & 0xFFFFFFFF
        return word * _TWICE >> (x >> 59) & 0xFFFFFFFF

    def intn(self, n: int) -> int:
        """Return a number in [0, n), and 0 for n = 0 (Go: uint32n).

        Multiplies instead of dividing and rejects what would be biased (Lemire's method). The
        generator's step is written out, as this is the innermost loop of fuzzing.

        Raises:
            ValueError: n does not fit in 32 bits.
        """
        x = self.state
        self.state = (x * 6364136223846793005 + self.inc) & 0xFFFFFFFFFFFFFFFF
        word = (x >> 45 ^ x >> 27) & 0xFFFFFFFF
        product = (word * _TWICE >> (x >> 59) & 0xFFFFFFFF) * n
        if product & 0xFFFFFFFF < n:
            return self._unbiased(product, n)
        if n >> 32:
            raise ValueError(f"{n} does not fit in 32 bits")
        return product >> 32

    uint32n = intn

    def _unbiased(self, product: int, n: int) -> int:
        if n >> 32:
            raise ValueError(f"{n} does not fit in 32 bits")
        threshold = (0x100000000 - n) % n
        while product & _MASK32 < threshold:
            product = self.uint32() * n
        return product >> 32

    def random_bytes(self, count: int) -> bytes:
        """Return so many random bytes: what as many calls of intn(256) give."""
        state = self.state
        inc = self.inc
        result = bytearray(count)
        for index in range(count):
            word = (state >> 45 ^ state >> 27) & 0xFFFFFFFF
            # intn(256) keeps the upper 8 of the 32 bits and has nothing to reject.
            result[index] = (word * _TWICE >> (state >> 59) & 0xFFFFFFFF) >> 24
            state = (state * _MULTIPLIER + inc) & 0xFFFFFFFFFFFFFFFF
        self.state = state
        return bytes(result)

    def bool(self) -> bool:
        """Return True or False, each half of the time."""
        return not self.uint32() & 1
