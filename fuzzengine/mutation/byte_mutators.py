"""The eighteen byte mutators (Go: internal/fuzz/mutators_byteslice.go).

Each takes a random number generator, a buffer, the length of the value at its start, and the
capacity for the value. It mutates the value in place and returns the new length, or `REFUSED` if it
cannot be applied; numbers are drawn in Go's order either way. Beyond the value the buffer has the
same content as Go's: scratch space and the rest of longer values. The upper n bits of a random word
equal intn(2**n), which never rejects a number.
"""

from __future__ import annotations

from fuzzengine.mutation.pcg import PCG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    ByteMutator = Callable[[PCG, bytearray, int, int], int]

REFUSED = -1

_INTERESTING8 = (-128, -1, 0, 1, 16, 32, 64, 100, 127)
_INTERESTING16 = (-32768, -129, 128, 255, 256, 512, 1000, 1024, 4096, 32767, *_INTERESTING8)
_INTERESTING32 = (
    *(-2147483648, -100663046, -32769, 32768, 65535, 65536, 100663045, 2147483647),
    *_INTERESTING16,
)
_MAX_ARITHMETIC = 35
_MAX_RANDOM_INSERT = 1024
_MAX_CONSTANT_INSERT = 4096


def choose_length(rng: PCG, limit: int) -> int:
    """Return a random length from 1 to limit, mostly a short one (Go: mutator.chooseLen)."""
    product = rng.word() * 100
    luck = product >> 32 if product & 0xFFFFFFFF >= 100 else rng.unbiased(product, 100)
    most = 8 if luck < 90 else 32 if luck < 99 else limit
    if most > limit:
        most = limit
    product = rng.word() * most
    if product & 0xFFFFFFFF < most:
        return rng.unbiased(product, most) + 1
    return (product >> 32) + 1


def _byte_order(rng: PCG) -> Literal["little", "big"]:
    return "big" if rng.word() & 1 else "little"


def _reserve(buffer: bytearray, size: int) -> None:
    missing = size - len(buffer)
    if missing > 0:
        buffer.extend(bytes(missing))


def _two_positions(rng: PCG, length: int) -> tuple[int, int]:
    intn = rng.intn
    source = intn(length)
    target = intn(length)
    while target == source:
        target = intn(length)
    return source, target


def remove_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Remove a range."""
    if length <= 1:
        return REFUSED
    start = rng.intn(length)
    count = choose_length(rng, length - start)
    buffer[start : length - count] = buffer[start + count : length]
    return length - count


def insert_random_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Insert random bytes."""
    position = rng.intn(length + 1)
    count = choose_length(rng, _MAX_RANDOM_INSERT)
    if length + count >= capacity:
        return REFUSED
    _reserve(buffer, length + count)
    buffer[position + count : length + count] = buffer[position:length]
    buffer[position : position + count] = rng.random_bytes(count)
    return length + count


def duplicate_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Insert a copy of a range elsewhere."""
    if length <= 1:
        return REFUSED
    source, target = _two_positions(rng, length)
    count = choose_length(rng, length - source)
    if length + 2 * count >= capacity:
        return REFUSED
    _reserve(buffer, length + 2 * count)
    chunk = buffer[source : source + count]
    buffer[length + count : length + 2 * count] = chunk
    buffer[target + count : length + count] = buffer[target:length]
    buffer[target : target + count] = chunk
    return length + count


def overwrite_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Overwrite a range with a copy of another one."""
    if length <= 1:
        return REFUSED
    source, target = _two_positions(rng, length)
    count = choose_length(rng, length - source - 1)
    if count > length - target:
        count = length - target
    buffer[target : target + count] = buffer[source : source + count]
    return length


def flip_bit(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Flip a bit."""
    if length == 0:
        return REFUSED
    position = rng.intn(length)
    buffer[position] ^= 1 << (rng.word() >> 29)
    return length


def xor_byte(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Set a byte to a different value."""
    if length == 0:
        return REFUSED
    position = rng.intn(length)
    buffer[position] ^= 1 + rng.intn(255)
    return length


def swap_byte(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Swap two bytes."""
    if length <= 1:
        return REFUSED
    source, target = _two_positions(rng, length)
    buffer[source], buffer[target] = buffer[target], buffer[source]
    return length


def arithmetic_uint8(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Add to or subtract from a byte."""
    if length == 0:
        return REFUSED
    position = rng.intn(length)
    amount = rng.intn(_MAX_ARITHMETIC) + 1
    if rng.word() & 1:
        amount = -amount
    buffer[position] = (buffer[position] + amount) & 0xFF
    return length


def _arithmetic(rng: PCG, buffer: bytearray, length: int, width: int) -> int:
    """Add to or subtract from an unsigned integer of several bytes, in either byte order."""
    if length < width:
        return REFUSED
    amount = rng.intn(_MAX_ARITHMETIC) + 1
    if not rng.word() & 1:
        amount = -amount
    position = rng.intn(length - width + 1)
    order = _byte_order(rng)
    end = position + width
    value = int.from_bytes(buffer[position:end], order) + amount
    buffer[position:end] = (value & (1 << 8 * width) - 1).to_bytes(width, order)
    return length


def arithmetic_uint16(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Add to or subtract from two bytes."""
    return _arithmetic(rng, buffer, length, 2)


def arithmetic_uint32(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Add to or subtract from four bytes."""
    return _arithmetic(rng, buffer, length, 4)


def arithmetic_uint64(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Add to or subtract from eight bytes."""
    return _arithmetic(rng, buffer, length, 8)


def overwrite_interesting_uint8(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Set a byte to an interesting value: one that programs often handle wrongly."""
    if length == 0:
        return REFUSED
    position = rng.intn(length)
    buffer[position] = _INTERESTING8[rng.intn(len(_INTERESTING8))] & 0xFF
    return length


def _overwrite_interesting(
    rng: PCG, buffer: bytearray, length: int, width: int, values: Sequence[int]
) -> int:
    if length < width:
        return REFUSED
    position = rng.intn(length - width + 1)
    value = values[rng.intn(len(values))]
    buffer[position : position + width] = value.to_bytes(width, _byte_order(rng), signed=True)
    return length


def overwrite_interesting_uint16(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Set two bytes to an interesting value, in either byte order."""
    return _overwrite_interesting(rng, buffer, length, 2, _INTERESTING16)


def overwrite_interesting_uint32(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Set four bytes to an interesting value, in either byte order."""
    return _overwrite_interesting(rng, buffer, length, 4, _INTERESTING32)


def insert_constant_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Insert one byte several times."""
    if length <= 1:
        return REFUSED
    position = rng.intn(length)
    count = choose_length(rng, _MAX_CONSTANT_INSERT)
    if length + count >= capacity:
        return REFUSED
    _reserve(buffer, length + count)
    buffer[position + count : length + count] = buffer[position:length]
    buffer[position : position + count] = bytes((rng.word() >> 24,)) * count
    return length + count


def overwrite_constant_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Overwrite a range with one byte."""
    if length <= 1:
        return REFUSED
    position = rng.intn(length)
    count = choose_length(rng, length - position)
    buffer[position : position + count] = bytes((rng.word() >> 24,)) * count
    return length


def shuffle_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Shuffle a range."""
    if length <= 1:
        return REFUSED
    start = rng.intn(length)
    count = choose_length(rng, length - start)
    if count <= 2:
        return REFUSED
    for last in range(count - 1, 0, -1):
        one, other = start + last, start + rng.intn(last + 1)
        buffer[one], buffer[other] = buffer[other], buffer[one]
    return length


def swap_bytes(rng: PCG, buffer: bytearray, length: int, capacity: int) -> int:
    """Swap two ranges that neither overlap nor touch."""
    if length <= 1:
        return REFUSED
    source, target = _two_positions(rng, length)
    first, last = (source, target) if source < target else (target, source)
    count = choose_length(rng, length - last - 1)
    if first + count >= last or length + count >= capacity:
        return REFUSED
    _reserve(buffer, length + count)
    chunk = buffer[target : target + count]
    buffer[length : length + count] = chunk
    buffer[target : target + count] = buffer[source : source + count]
    buffer[source : source + count] = chunk
    return length


# In Go's order, as random numbers are indexes. With each, the shortest value that it accepts: it
# refuses a shorter one before it draws a number.
_MUTATORS: tuple[tuple[ByteMutator, int], ...] = (
    (remove_bytes, 2),
    (insert_random_bytes, 0),
    (duplicate_bytes, 2),
    (overwrite_bytes, 2),
    (flip_bit, 1),
    (xor_byte, 1),
    (swap_byte, 2),
    (arithmetic_uint8, 1),
    (arithmetic_uint16, 2),
    (arithmetic_uint32, 4),
    (arithmetic_uint64, 8),
    (overwrite_interesting_uint8, 1),
    (overwrite_interesting_uint16, 2),
    (overwrite_interesting_uint32, 4),
    (insert_constant_bytes, 2),
    (overwrite_constant_bytes, 2),
    (shuffle_bytes, 2),
    (swap_bytes, 2),
)

BYTE_MUTATORS = tuple(mutate for mutate, _ in _MUTATORS)

MUTATORS_BY_LENGTH = tuple(
    tuple(mutate if length >= least else None for mutate, least in _MUTATORS)
    for length in range(1 + max(least for _, least in _MUTATORS))
)
"""The mutators for values of 0, 1, 2... bytes, and last for all longer ones; None if refused."""
