"""Mutations beyond Go's: dictionary words, splices, repetitions, numbers in texts."""

from __future__ import annotations

from fuzzengine.mutation.pcg import PCG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.kinds import Kind

MAX_LENGTH = 1 << 16
INITIAL_LIMIT = 64
POOL_SIZE = 256
"""Number of inputs that are stored for splicing."""

_NUMBERS = (
    *(0, 1, -1, 2, 7, 10, 100, 127, 128, 255, 256, 999, 1000, 4096, 32767, 65535, 65536),
    *((1 << bits) + more for bits in (31, 32, 53, 63, 64) for more in (-1, 0)),
)
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.1, 1e-9, 1e9, 1e308, 5e-324, float("inf"), float("nan"))


class Havoc:
    """Mutates inputs; the same calls with the same seed return the same inputs.

    Attributes:
        max_length: the number of bytes to which texts may grow. It starts low, as long inputs run
            slowly and every further repetition in them looks new.
        used_words: the dictionary words in the input that `mutated` returned last.
    """

    def __init__(self, kinds: Sequence[Kind], words: Sequence[bytes], rng: PCG) -> None:
        self._kinds = kinds
        self._words = list(words) or [b" "]
        self._rng = rng
        self._pool: list[list[object]] = []
        self.max_length = INITIAL_LIMIT
        self.used_words: list[bytes] = []

    def double_max_length(self) -> None:
        """Let texts grow to twice the length."""
        self.max_length = min(2 * self.max_length, MAX_LENGTH)

    def remember(self, values: Sequence[object]) -> None:
        """Store an input for splicing, in place of a random other one if there are too many."""
        if values not in self._pool:
            if len(self._pool) >= POOL_SIZE:
                self._pool.pop(self._rng.intn(POOL_SIZE))
            self._pool.append(list(values))

    def mutated(self, values: Sequence[object]) -> list[object]:
        """Return a mutated copy of an input, of the same kinds."""
        result = list(values)
        self.used_words = []
        for _ in range(1 + self._rng.intn(4)):
            index = self._rng.intn(len(result))
            result[index] = self._mutated_value(index, result[index])
        return result

    def _mutated_value(self, index: int, value: object) -> object:
        if isinstance(value, bytes):
            return self._mutated_text(index, value)[: max(self.max_length, len(value))]
        if isinstance(value, str):
            encoded = value.encode("utf-8", "surrogateescape")
            data = self._mutated_text(index, encoded)[: max(self.max_length, len(encoded))]
            return data.decode("utf-8", "surrogateescape")
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            number = self._mutated_number(value)
            return number if self._kinds[index].accepts(number) else value
        if isinstance(value, float):
            other = _FLOATS[self._rng.intn(len(_FLOATS))]
            kind = self._kinds[index]
            return kind.coerce(other) if kind.accepts(other) else value
        return value

    def _mutated_number(self, value: int) -> int:
        rng = self._rng
        operation = rng.intn(4)
        if operation == 0:
            return _NUMBERS[rng.intn(len(_NUMBERS))]
        if operation == 1:
            return value ^ 1 << rng.intn(64)
        word = self._words[rng.intn(len(self._words))]
        if operation == 2 and word.lstrip(b"-").isdigit():
            self.used_words.append(word)
            return int(word) + rng.intn(3) - 1
        return value * (1 + rng.intn(3)) + rng.intn(33) - 16

    def _mutated_text(self, index: int, data: bytes) -> bytes:
        rng = self._rng
        operation = rng.intn(8)
        at = rng.intn(len(data) + 1)
        if operation < 3:
            word = self._words[rng.intn(len(self._words))]
            self.used_words.append(word)
            return data[:at] + word + data[at + (len(word) if operation == 2 else 0) :]
        if operation == 3:
            other = self._splice_source(index)
            return data[:at] + other[rng.intn(len(other) + 1) :]
        end = at + 1 + rng.intn(16)
        if operation == 4:
            other = self._splice_source(index)
            start = rng.intn(len(other) + 1)
            return data[:at] + other[start : start + 1 + rng.intn(32)] + data[end:]
        if operation == 5:
            return data[:at] + data[at:end] * (2 + rng.intn(15)) + data[end:]
        if operation == 6:
            return data[:at] + data[end:]
        return self._replace_number(data, at)

    def _splice_source(self, index: int) -> bytes:
        if not self._pool:
            return b""
        value = self._pool[self._rng.intn(len(self._pool))][index]
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")

    def _replace_number(self, data: bytes, at: int) -> bytes:
        """Mutate the next decimal number at or after a position."""
        start = at
        while start < len(data) and not 48 <= data[start] < 58:
            start += 1
        end = start
        while end < len(data) and 48 <= data[end] < 58:
            end += 1
        number = self._mutated_number(int(data[start:end][:18] or b"0"))
        return data[:start] + b"%d" % number + data[end:]
