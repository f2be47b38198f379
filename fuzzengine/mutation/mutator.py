"""Mutates values of Go's kinds exactly as Go does (Go: internal/fuzz/mutator.go)."""

from __future__ import annotations

from fuzzengine.mutation.byte_mutators import BYTE_MUTATORS, MUTATORS_BY_LENGTH
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import BOOL, FLOAT32, Kind, is_valid_text, round_float32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

_MUTATOR_COUNT = len(BYTE_MUTATORS)
_LONG = len(MUTATORS_BY_LENGTH) - 1
# The numbers that intn(_MUTATOR_COUNT) rejects because they would bias the result.
_REJECTED = frozenset(
    number
    for number in (-(-(index << 32) // _MUTATOR_COUNT) for index in range(_MUTATOR_COUNT))
    if number * _MUTATOR_COUNT % (1 << 32) < (1 << 32) % _MUTATOR_COUNT
)
_LARGEST_STEP = 100
_LARGEST_FACTOR = 10
_LARGEST_FLOAT32 = 3.4028234663852886e38
_LARGEST_FLOAT64 = 1.7976931348623157e308
# Bytes of a corpus file besides the value.
_ENCODING_RESERVE = 100


class Mutator:
    """Mutates one of several values at a time.

    Args:
        rng: the source of all random numbers.
        go_scratch_bug: behave as Go does, where all ``[]byte`` arguments that were ever mutated
            share one buffer, so that mutating one overwrites the others (golang/go#71831). A
            coordinator needs this to replay mutations of a Go worker; workers must not use it.
        valid_text: replace bytes of mutated texts that are not UTF-8, so that no text has lone
            surrogates. Go's texts may have such bytes.
    """

    def __init__(self, rng: PCG, *, go_scratch_bug: bool = False, valid_text: bool = False) -> None:
        self.rng = rng
        self._valid_text = valid_text
        self._buffer = bytearray()
        self._capacity = 0
        # See compiled_generator; replaying with the bug need not be fast.
        self._compiled_mutate = None if go_scratch_bug else getattr(rng, "mutate_bytes", None)
        # With the bug: the last values of the arguments that share the buffer, by index.
        self._shared: dict[int, bytes] | None = {} if go_scratch_bug else None

    def reset(self) -> None:
        """Forget which values share Go's buffer, as the caller replaced all of them.

        Without go_scratch_bug this does nothing.
        """
        if self._shared is not None:
            self._shared.clear()

    def mutate(
        self, values: MutableSequence[object], kinds: Sequence[Kind], max_bytes: int
    ) -> None:
        """Replace one of the values by a mutated one.

        Args:
            values: the values, of these kinds before and after.
            kinds: one kind for each value.
            max_bytes: the approximate limit of the size of all values together.

        Raises:
            ValueError: there are no values, or a string is larger than its share.
        """
        index = self.rng.intn(len(values))
        value = values[index]
        if isinstance(value, bytes):
            values[index] = self._mutate_bytes(value, max_bytes // len(values) - _ENCODING_RESERVE)
            if self._shared is not None:
                self._share(values, index)
        elif isinstance(value, str):
            encoded = value.encode("utf-8", "surrogateescape")
            room = max_bytes // len(values) - _ENCODING_RESERVE
            text = self._mutate_bytes(encoded, room).decode("utf-8", "surrogateescape")
            values[index] = without_surrogates(text, room) if self._valid_text else text
            if self._shared is not None:
                self._share(values, -1)
        else:
            values[index] = self._mutate_scalar(kinds[index], value)

    def _mutate_scalar(self, kind: Kind, value: object) -> object:
        if kind is BOOL:
            return not value if self.rng.intn(2) == 1 else value
        if isinstance(value, float):
            if kind is FLOAT32:
                return round_float32(self._mutate_float(value, _LARGEST_FLOAT32))
            return self._mutate_float(value, _LARGEST_FLOAT64)
        assert isinstance(value, int)
        # As in Go, the lowest value of a signed kind is never reached.
        return self._mutate_int(value, -kind.high if kind.low else 0, kind.high)

    def _mutate_bytes(self, value: bytes, room: int) -> bytes:
        length = len(value)
        if length > room or room < 2:
            raise ValueError(f"cannot mutate bytes of length {length}")
        if room > self._capacity:
            self._capacity = room
            self._buffer = bytearray()
            self.reset()
        if self._compiled_mutate is not None:
            changed: bytes = self._compiled_mutate(value, self._capacity)
            return changed
        buffer = self._buffer
        buffer[:length] = value
        rng, capacity = self.rng, self._capacity
        mutators = MUTATORS_BY_LENGTH[length if length < _LONG else _LONG]
        # rng.intn, inlined: most mutators cannot be applied to a short value.
        for word in rng.words:
            mutate = mutators[word * _MUTATOR_COUNT >> 32]
            if mutate is not None and word not in _REJECTED:
                mutated_length = mutate(rng, buffer, length, capacity)
                if mutated_length >= 0:
                    return bytes(buffer[:mutated_length])
        raise AssertionError("there is always another random number")

    def _share(self, values: MutableSequence[object], index: int) -> None:
        """Copy the buffer's new content to every argument that shares it."""
        assert self._shared is not None
        for other, seen in list(self._shared.items()):
            if other == index or other >= len(values) or values[other] is not seen:
                del self._shared[other]
            else:
                values[other] = self._shared[other] = bytes(self._buffer[: len(seen)])
        if index >= 0:
            value = values[index]
            assert isinstance(value, bytes)
            self._shared[index] = value

    def _mutate_int(self, value: int, lowest: int, highest: int) -> int:
        """Add or subtract up to 100 within the range (Go: mutateInt and mutateUInt)."""
        intn = self.rng.intn
        while True:
            largest = _LARGEST_STEP
            if intn(2) == 0:
                if value >= highest:
                    continue
                if value > 0:
                    largest = min(largest, highest - value)
                return value + 1 + intn(largest)
            if value <= lowest:
                continue
            if value < 0 or lowest == 0:
                largest = min(largest, value - lowest)
            return value - 1 - intn(largest)

    def _mutate_float(self, value: float, highest: float) -> float:
        """Add, subtract, multiply or divide, staying finite (Go: mutateFloat)."""
        intn = self.rng.intn
        while True:
            operation = intn(4)
            if operation == 0 and not value >= highest:
                limit = highest - value if value > 0 else _LARGEST_STEP
                return value + float(1 + intn(int(min(limit, _LARGEST_STEP))))
            if operation == 1 and not value <= -highest:
                limit = highest + value if value < 0 else _LARGEST_STEP
                return value - float(1 + intn(int(min(limit, _LARGEST_STEP))))
            if operation == 2 and value != 0 and not abs(value) >= highest:
                limit = highest / abs(value)
                # If limit is NaN, min returns its first argument.
                return value * float(1 + intn(int(min(_LARGEST_FACTOR, limit))))
            if operation == 3 and value != 0:
                return value / float(1 + intn(_LARGEST_FACTOR))


def without_surrogates(text: str, most: int) -> str:
    """Return a text with each byte that is not UTF-8 replaced by the Latin-1 character.

    Args:
        text: the text, with such bytes as lone surrogates.
        most: the number of bytes that the result may have; for a longer one, those bytes become
            ASCII characters.
    """
    if is_valid_text(text):
        return text
    for mask in (0xFF, 0x7F):
        replaced = "".join(
            chr(ord(char) & mask) if "\ud800" <= char <= "\udfff" else char for char in text
        )
        if len(replaced.encode()) <= most:
            break
    return replaced


def compiled_generator(rng: PCG) -> PCG:
    """Return the compiled generator that continues with the numbers of `rng`, or `rng` itself.

    The optional module `_mutate` also mutates bytes, several times as fast and with the same
    results. Its generator has the methods of PCG that a Mutator needs: intn, state, inc and save.
    """
    try:
        from fuzzengine.mutation import _mutate  # type: ignore[attr-defined]
    except ImportError:
        return rng
    generator: PCG = _mutate.Generator(*rng.save())
    return generator
