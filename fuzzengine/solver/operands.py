"""Finds the operand of a comparison in the input, and replaces it there.

Programs usually make a value from packed integers, decimal or hexadecimal digits, encoded text,
or text that is upper-cased, reversed or combined with a constant: the arguments are searched for
each of these forms. Executes nothing.
"""

from __future__ import annotations

import struct
from _operator import xor
from itertools import pairwise

from fuzzengine.solver.arithmetic import months

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 6
"""The most occurrences of an operand that are tried."""

LONGEST = 1 << 16
"""The longest argument that is made, in bytes or characters."""

_FILLER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SEPARATORS = (b",", b" ", b"\n", b":", b";", b".", b"/", b"|", b"=", b"&", b"-", b"\0")
"""Common separators of the parts of a text."""


def rewrites(value: object, seen: object, wanted: object) -> Iterator[object]:
    """Yield variants of `value`, of its type, that may produce `wanted` instead of `seen`."""
    if isinstance(value, bytes):
        yield from _in_bytes(value, seen, wanted)
    elif isinstance(value, str):
        for data in _in_bytes(value.encode("utf-8", "surrogateescape"), seen, wanted):
            yield data.decode("utf-8", "surrogateescape")
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from map(int, _in_int(value, seen, wanted))
    elif isinstance(value, float):
        yield from _in_float(value, seen, wanted)


def resized(value: object, length: int) -> Iterator[object]:
    """Yield a bytes or str value cut to a length, or padded to it with distinct bytes."""
    if not isinstance(value, (bytes, str)) or not 0 <= length <= LONGEST:
        return
    missing = length - len(value)
    if missing <= 0:
        yield value[:length]
        return
    filling = (_FILLER * (length // len(_FILLER) + 1))[length - missing : length]
    yield value + filling if isinstance(value, bytes) else value + filling.decode()


def substituted(value: object, old: str, new: str) -> Iterator[object]:
    """Yield a bytes or str value in which one piece of text is replaced by another."""
    if isinstance(value, (bytes, str)):
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        for made in _replaced(data, old.encode(), new.encode()):
            yield made if isinstance(value, bytes) else made.decode("utf-8", "surrogateescape")


def _in_bytes(data: bytes, seen: object, wanted: object) -> Iterator[bytes]:
    if isinstance(seen, int) and isinstance(wanted, int) and seen == len(data) != wanted:
        for result in resized(data, wanted):
            assert isinstance(result, bytes)
            yield result
    found = False
    for old, new in _forms(seen, wanted):
        for result in _replaced(data, old, new):
            found = True
            yield result
    texts = _texts(seen, wanted)
    if texts and not found:
        yield from _affixed(data, *texts)
        yield from _folded(data, *texts)
        yield from _combined(data, *texts)


def _replaced(data: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """Replace `old` by `new`; if the lengths differ, also overwrite the following bytes."""
    if not old:
        for position in _boundaries(data):
            yield data[:position] + new + data[position:]
        if data:
            yield new + data[len(new) :]
        return
    positions = _positions(data, old)
    for position in positions:
        head = data[:position]
        yield head + new + data[position + len(old) :]
        if len(old) != len(new):
            yield head + new + data[position + len(new) :]
    if len(positions) > 1:
        last = data.rfind(old)
        yield data[:last] + new + data[last + len(old) :]
        yield data.replace(old, new)


def _positions(data: bytes, part: bytes) -> list[int]:
    """Return the positions of a part: those that do not overlap first."""
    return list(dict.fromkeys((*_found(data, part, len(part)), *_found(data, part, 1))))


def _found(data: bytes, part: bytes, step: int) -> list[int]:
    found: list[int] = []
    position = data.find(part)
    while position >= 0 and len(found) < PLACES:
        found.append(position)
        position = data.find(part, position + step)
    return found


def _boundaries(data: bytes) -> list[int]:
    """Return positions for insertions: the end, the start, and changes of character class."""
    classes = [_class_of(byte) for byte in data[:256]]
    pairs = enumerate(pairwise(classes), 1)
    inner = [index for index, (one, other) in pairs if one != other or one == _PUNCTUATION]
    return [len(data), *([0] if data else []), *inner[: 4 * PLACES]]


_PUNCTUATION = 2


def _class_of(byte: int) -> int:
    character = chr(byte)
    return 0 if character.isalnum() else 1 if character.isspace() else _PUNCTUATION


def _forms(seen: object, wanted: object) -> Iterator[tuple[bytes, bytes]]:
    """Yield pairs of bytes that may represent the two operands in the input."""
    if isinstance(seen, int) and isinstance(wanted, int):
        yield from _int_forms(seen, wanted)
    elif isinstance(seen, (int, float)) and isinstance(wanted, (int, float)):
        yield from _float_forms(float(seen), float(wanted))
    elif isinstance(seen, tuple) and isinstance(wanted, tuple):
        for one, other in zip(seen, wanted, strict=False):
            if one != other:
                yield from _forms(one, other)
        yield from _json_forms(seen, wanted)
        yield from _joined_forms(seen, wanted)
    else:
        texts = _texts(seen, wanted)
        if texts:
            yield from _text_forms(*texts)
        else:
            yield from _json_forms(seen, wanted)


def _int_forms(seen: int, wanted: int) -> Iterator[tuple[bytes, bytes]]:
    given = set()
    for width in (8, 4, 3, 2, 1):
        for order in ("little", "big"):
            old, new = _packed(seen, width, order), _packed(wanted, width, order)
            if old is not None and new is not None and (old, new) not in given:
                given.add((old, new))
                yield old, new
    yield b"%d" % seen, b"%d" % wanted
    if seen >= 0 and wanted >= 0:
        yield from months(seen, wanted)
        yield from _fixed_width(b"%0*d", seen, wanted)
        if seen > 9 or wanted > 9:
            yield b"%x" % seen, b"%x" % wanted
            yield b"%02X" % seen, b"%02X" % wanted
            yield from _fixed_width(b"%0*x", seen, wanted)
            yield from _fixed_width(b"%0*X", seen, wanted)
            yield _varint(seen), _varint(wanted)
        if 127 < max(seen, wanted) < 0x110000 and not 0xD800 <= max(seen, wanted) < 0xE000:
            yield _utf8(seen), _utf8(wanted)


def _fixed_width(form: bytes, seen: int, wanted: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield both numbers padded to one width, unless they have the same width anyway."""
    old, new = form % (0, seen), form % (0, wanted)
    width = max(len(old), len(new))
    if len(old) != len(new):
        yield form % (width, seen), form % (width, wanted)


def _varint(number: int) -> bytes:
    """Encode a number as a little-endian base-128 varint."""
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes((*made, number))


def _utf8(point: int) -> bytes:
    return chr(point).encode("utf-8", "surrogatepass")


def _packed(number: int, width: int, order: str) -> bytes | None:
    low, high = -(1 << (width * 8 - 1)), 1 << (width * 8)
    if not low <= number < high:
        return None
    return (number % high).to_bytes(width, "little" if order == "little" else "big")


def _float_forms(seen: float, wanted: float) -> Iterator[tuple[bytes, bytes]]:
    for code in ("<d", ">d", "<f", ">f"):
        try:
            yield struct.pack(code, seen), struct.pack(code, wanted)
        except (OverflowError, struct.error):
            continue
    yield b"%r" % seen, b"%r" % wanted
    if seen.is_integer():
        yield b"%d" % int(seen), b"%r" % wanted


def _texts(seen: object, wanted: object) -> tuple[bytes, bytes] | None:
    """Return both operands as bytes if both are texts, or None."""
    old, new = _as_bytes(seen), _as_bytes(wanted)
    return None if old is None or new is None else (old, new)


def _as_bytes(operand: object) -> bytes | None:
    if isinstance(operand, bytes):
        return operand
    if isinstance(operand, str):
        try:
            return operand.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return operand.encode("utf-8", "surrogatepass")
    return None


def _joined_forms(
    seen: tuple[object, ...], wanted: tuple[object, ...]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield forms for sequences that come from splitting a text, or from its bytes."""
    old, new = _elements(seen), _elements(wanted)
    if old is None or new is None or not wanted:
        return
    short = all(len(one) == 1 for one in new)
    for separator in (b"", *SEPARATORS) if short else (*SEPARATORS, b""):
        yield separator.join(old), separator.join(new)
    numbers = [one for one in (*seen, *wanted) if isinstance(one, int) and 0 <= one < 256]
    if len(numbers) == len(seen) + len(wanted):
        yield bytes(numbers[: len(seen)]), bytes(numbers[len(seen) :])


def _elements(sequence: tuple[object, ...]) -> list[bytes] | None:
    made = [b"%d" % one if isinstance(one, int) else _as_bytes(one) for one in sequence]
    return [one for one in made if one is not None] if None not in made else None


def _text_forms(old: bytes, new: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield old, new
    if old.lower() != old or new.lower() != new:
        yield old.lower(), new.lower()
    if old.upper() != old:
        yield old.upper(), new.upper()
    if len(old) > 1:
        yield old[::-1], new[::-1]
    for padding in (b"0", b" ", b"\0"):
        if old.startswith(padding) and new.startswith(padding):
            yield old.lstrip(padding), new.lstrip(padding)
        if old.endswith(padding) and new.endswith(padding):
            yield old.rstrip(padding), new.rstrip(padding)
    if any(byte in b",; \t\n" for byte in new):
        yield old, b'"' + new + b'"'
    yield old.hex().encode(), new.hex().encode()
    yield old.hex().upper().encode(), new.hex().upper().encode()
    if len(old) > 2:
        from binascii import b2a_base64

        yield b2a_base64(old, newline=False).rstrip(b"="), b2a_base64(new, newline=False)
    if max(old + new, default=0) > 127:
        yield _latin(old), _latin(new)
    else:
        yield b"\0".join(_characters(old)) + b"\0", b"\0".join(_characters(new)) + b"\0"


def _latin(data: bytes) -> bytes:
    return data.decode("latin-1").encode()


def _characters(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def _json_forms(seen: object, wanted: object) -> Iterator[tuple[bytes, bytes]]:
    """Yield forms for operands of different types, which a JSON document can produce."""
    plain = (int, float, str, tuple)
    if isinstance(seen, plain) and isinstance(wanted, plain):
        from json import dumps

        try:
            old, new = dumps(seen).encode(), dumps(wanted).encode()
        except (TypeError, ValueError):
            return
        yield old, new
        if old != old.replace(b", ", b","):
            yield old.replace(b", ", b","), new


def _affixed(data: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """Treat `old` as the data with a constant prefix and suffix."""
    position = old.find(data) if data else -1
    if position >= 0:
        before, after = old[:position], old[position + len(data) :]
        if new.startswith(before) and new.endswith(after):
            yield new[len(before) : len(new) - len(after)]


def _folded(data: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """Replace `old` by `new`, ignoring case."""
    position = data.lower().find(old.lower())
    if old and position >= 0:
        yield data[:position] + new + data[position + len(old) :]


def _combined(data: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """Treat `old` as a part of the data after xor with, or addition of, one constant."""
    length = len(old)
    if length < 2 or len(new) < length:
        length = min(length, len(new))
    if length < 2:
        return
    for start in range(min(len(data) - length, 64) + 1):
        part, tail = data[start : start + length], data[start + length :]
        # Comparing two bytes rules out most positions cheaply.
        if part[0] ^ old[0] != part[1] ^ old[1] and (part[0] - old[0] - part[1] + old[1]) & 255:
            continue
        for combine, undo in ((xor, xor), (_subtract, _add)):
            key = combine(part[0], old[0])
            if all(combine(a, b) == key for a, b in zip(part, old, strict=False)):
                yield data[:start] + bytes(undo(key, byte) for byte in new) + tail


def _subtract(one: int, other: int) -> int:
    return (one - other) & 255


def _add(one: int, other: int) -> int:
    return (one + other) & 255


def _in_int(value: int, seen: object, wanted: object) -> Iterator[int]:
    if isinstance(seen, int) and isinstance(wanted, int):
        yield wanted
        yield value + wanted - seen
        yield value ^ seen ^ wanted
        if seen and value % seen == 0:
            yield wanted * (value // seen)
        if value and seen and seen % value == 0:
            yield wanted // (seen // value)
        yield -wanted
        yield from _bit_field(value, seen, wanted)
    elif isinstance(seen, (int, float)) and isinstance(wanted, (int, float)):
        if abs(wanted) < 1e300 and abs(seen) < 1e300:
            yield int(wanted)
            yield value + int(wanted - seen)
            if abs(seen) > 1e-9 and abs(wanted) < 1e30:
                yield int(value * wanted / seen)
    else:
        texts = _texts(seen, wanted)
        if texts:
            yield from _int_of_text(value, *texts)


def _bit_field(value: int, seen: int, wanted: int) -> Iterator[int]:
    """Treat `seen` as a bit field of the value."""
    mask = (1 << max(seen, wanted, 1).bit_length()) - 1
    for shift in (8, 16, 24, 32, 40, 48, 56, 4, 12, 20, 28, 1, 2, 3, 5, 6, 7):
        if min(seen, wanted) >= 0 and value >> shift & mask == seen:
            yield value ^ (seen ^ wanted) << shift


def _int_of_text(value: int, seen: bytes, wanted: bytes) -> Iterator[int]:
    for base, form in ((10, b"%d"), (16, b"%x"), (8, b"%o")):
        if form % value == seen.lower().lstrip(b"0x"):
            try:
                yield int(wanted, base)
            except ValueError:
                continue
    for order in ("little", "big"):
        if seen and 0 < len(wanted) <= 8 and _packed(value, len(seen), order) == seen:
            yield int.from_bytes(wanted, "little" if order == "little" else "big")
    if len(wanted.decode("utf-8", "replace")) == 1:
        yield ord(wanted.decode("utf-8", "replace"))


def _in_float(value: float, seen: object, wanted: object) -> Iterator[float]:
    if not isinstance(wanted, (int, float)) or not isinstance(seen, (int, float)):
        return
    try:
        target, given = float(wanted), float(seen)
    except OverflowError:
        return
    yield target
    yield value + target - given
    if given and value:
        yield value * (target / given)
        if target > 0 and given > 0:
            yield value * (target / given) ** 0.5
