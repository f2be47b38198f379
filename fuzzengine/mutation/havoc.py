"""Random changes that Go's mutator does not make: words, splices, repetitions, numbers in texts."""

from __future__ import annotations

from fuzzengine.mutation.pcg import PCG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.types.kinds import Kind

LONGEST = 1 << 16
FIRST_LIMIT = 64
POOL = 256
"""So many inputs are remembered for splicing."""

_NUMBERS = (
    *(0, 1, -1, 2, 7, 10, 100, 127, 128, 255, 256, 999, 1000, 4096, 32767, 65535, 65536),
    *((1 << bits) + more for bits in (31, 32, 53, 63, 64) for more in (-1, 0)),
)
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.1, 1e-9, 1e9, 1e308, 5e-324, float("inf"), float("nan"))


class Havoc:
    """Makes inputs out of others; the same calls and the same seed give the same inputs.

    Attributes:
        limit: no text grows beyond so many bytes; `relax` doubles it. Long inputs run slowly, and
            each repetition more in them looks new.
        used: the words in what `change` returned last.
    """

    def __init__(self, kinds: Sequence[Kind], words: Sequence[bytes], rng: PCG) -> None:
        self._kinds = kinds
        self._words = list(words) or [b" "]
        self._rng = rng
        self._pool: list[list[object]] = []
        self.limit = FIRST_LIMIT
        self.used: list[bytes] = []

    def relax(self) -> None:
        """Let texts grow twice as long."""
        self.limit = min(2 * self.limit, LONGEST)

    def remember(self, values: Sequence[object]) -> None:
        """Keep an input for splicing; when there are too many, one of the others goes."""
        if values not in self._pool:
            if len(self._pool) >= POOL:
                self._pool.pop(self._rng.intn(POOL))
            self._pool.append(list(values))

    def change(self, values: Sequence[object]) -> list[object]:
        """Return a changed copy of an input, of the same types."""
        made = list(values)
        self.used = []
        for _ in range(1 + self._rng.intn(4)):
            index = self._rng.intn(len(made))
            made[index] = self._changed(index, made[index])
        return made

    def _changed(self, index: int, value: object) -> object:
        if isinstance(value, bytes):
            return self._text(index, value)[: max(self.limit, len(value))]
        if isinstance(value, str):
            encoded = value.encode("utf-8", "surrogateescape")
            data = self._text(index, encoded)[: max(self.limit, len(encoded))]
            return data.decode("utf-8", "surrogateescape")
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            number = self._number(value)
            return number if self._kinds[index].accepts(number) else value
        if isinstance(value, float):
            other = _FLOATS[self._rng.intn(len(_FLOATS))]
            kind = self._kinds[index]
            return kind.coerce(other) if kind.accepts(other) else value
        return value

    def _number(self, value: int) -> int:
        rng = self._rng
        way = rng.intn(4)
        if way == 0:
            return _NUMBERS[rng.intn(len(_NUMBERS))]
        if way == 1:
            return value ^ 1 << rng.intn(64)
        word = self._words[rng.intn(len(self._words))]
        if way == 2 and word.lstrip(b"-").isdigit():
            self.used.append(word)
            return int(word) + rng.intn(3) - 1
        return value * (1 + rng.intn(3)) + rng.intn(33) - 16

    def _text(self, index: int, data: bytes) -> bytes:
        rng = self._rng
        way = rng.intn(8)
        at = rng.intn(len(data) + 1)
        if way < 3:
            word = self._words[rng.intn(len(self._words))]
            self.used.append(word)
            return data[:at] + word + data[at + (len(word) if way == 2 else 0) :]
        if way == 3:
            other = self._other(index)
            return data[:at] + other[rng.intn(len(other) + 1) :]
        end = at + 1 + rng.intn(16)
        if way == 4:
            other = self._other(index)
            start = rng.intn(len(other) + 1)
            return data[:at] + other[start : start + 1 + rng.intn(32)] + data[end:]
        if way == 5:
            return data[:at] + data[at:end] * (2 + rng.intn(15)) + data[end:]
        if way == 6:
            return data[:at] + data[end:]
        return self._renumbered(data, at)

    def _other(self, index: int) -> bytes:
        if not self._pool:
            return b""
        value = self._pool[self._rng.intn(len(self._pool))][index]
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")

    def _renumbered(self, data: bytes, at: int) -> bytes:
        """Put another number in the place of the next one written in digits."""
        start = at
        while start < len(data) and not 48 <= data[start] < 58:
            start += 1
        end = start
        while end < len(data) and 48 <= data[end] < 58:
            end += 1
        number = self._number(int(data[start:end][:18] or b"0"))
        return data[:start] + b"%d" % number + data[end:]
