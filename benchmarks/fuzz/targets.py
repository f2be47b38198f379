"""Functions whose fault a blind fuzzer does not find: each raises Found when it is reached."""

# ruff: noqa: SIM102, SIM113 - each `if` is one that a fuzzer must pass

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable

import bytes_targets
import format_targets
import text_targets
from found import Found


def nested_bytes(data: bytes) -> None:
    if len(data) < 6:
        return
    if data[0] == 0x66:
        if data[1] == 0x75:
            if data[2] == 0x7A:
                if data[3] == 0x7A:
                    if data[4] == 0x21:
                        if data[5] == 0x00:
                            raise Found


def and_chain(data: bytes) -> None:
    if (
        len(data) == 8
        and data[0] == 1
        and data[1] == 254
        and data[2] == 3
        and data[3] == 0x80
        and data[4] == 5
        and data[5] == 0x7F
        and data[6] == 7
        and data[7] == 0xC8
    ):
        raise Found


def text_ends(text: str) -> None:
    if text.startswith("BEGIN:") and text.endswith(":END") and "magic" in text:
        raise Found


def two_magics(data: bytes) -> None:
    if len(data) < 8:
        return
    one, two = struct.unpack("<II", data[:8])
    if one == 0xDEADBEEF:
        if two == 0x0BADF00D:
            raise Found


def key_value(text: str) -> None:
    for part in text.split(";"):
        key, _, value = part.partition("=")
        if key == "count":
            try:
                number = int(value)
            except ValueError:
                return
            if number == 31337:
                raise Found


def png_like(data: bytes) -> None:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return
    if len(data) < 16:
        return
    (check,) = struct.unpack(">I", data[8:12])
    if zlib.crc32(data[12:]) == check:
        raise Found


def version(text: str) -> None:
    match = re.match(r"^v(\d+)\.(\d+)-rc$", text)
    if match and int(match.group(1)) == 7:
        raise Found


def machine(data: bytes) -> None:
    state = 0
    for byte in data:
        if byte == (state * 37 + 11) % 256:
            state += 1
        else:
            state = 0
        if state == 12:
            raise Found


# Others like them.


def machine_of_words(text: str) -> None:
    state = "start"
    steps = 0
    table = {
        ("start", "o"): "open", ("open", "r"): "read", ("read", "w"): "write",
        ("write", "c"): "start",
    }  # fmt: skip
    for character in text:
        after = table.get((state, character))
        if after is None:
            return
        state = after
        steps += 1
        if steps >= 12:
            raise Found


def encoded(data: bytes) -> None:
    try:
        plain = base64.b64decode(data, validate=True)
    except ValueError:
        return
    if plain == b"secret!":
        raise Found


def xored(data: bytes) -> None:
    if bytes(byte ^ 0x5A for byte in data[:6]) == b"hidden":
        raise Found


def linear(number: int) -> None:
    if number * 7 + 3 == 7 * 123456 + 3:
        raise Found


def document(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError:
        return
    if isinstance(found, dict) and found.get("type") == "admin" and found.get("level", 0) > 41:
        raise Found


def matching(text: str) -> None:
    match text.split():
        case ["go", ("north" | "south") as way, amount] if amount.isdigit():
            if way == "south" and int(amount) == 99:
                raise Found


def word_list(text: str) -> None:
    if text.lower().strip() in {"xyzzy", "plugh", "plover"} and text[0] == "X":
        raise Found


def floats(x: float, y: float) -> None:
    if x > 1000.5 and x < 1000.75 and y == -2.5:
        raise Found


def header(data: bytes) -> None:
    if len(data) < 12 or data[:4] != b"RIFF":
        return
    size = int.from_bytes(data[4:8], "little")
    if size != len(data) - 8:
        return
    if data[8:12] in (b"WAVE", b"AVI "):
        raise Found


def table(data: bytes) -> None:
    box = [(index * 167 + 13) % 256 for index in range(256)]
    if [box[byte] for byte in data[:4]] == [1, 2, 3, 4]:
        raise Found


def checksum(data: bytes) -> None:
    if len(data) > 4 and data[:2] == b"CK" and sum(data[:-1]) % 256 == data[-1] and data[2] == 9:
        raise Found


def mixed(number: int, text: str, flag: bool) -> None:
    if flag and number > 1_000_000 and text == f"n{number}":
        raise Found


def escaped(text: str) -> None:
    depth = 0
    for character in text:
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth < 0:
                return
        if depth == 9:
            raise Found


def digits(text: str) -> None:
    if len(text) == 8 and text.isdigit() and sum(int(digit) for digit in text) == 40:
        if text[0] == "1":
            raise Found


def quadratic(number: int) -> None:
    if number > 0 and number * number - 5 * number == 999_995_000_000:
        raise Found


def hexed(text: str) -> None:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return
    if data[:4] == b"\xca\xfe\xba\xbe" and data[4:6] == b"\x00\x34":
        raise Found


def frames(data: bytes) -> None:
    position = count = 0
    while position + 3 <= len(data):
        kind, size = data[position], int.from_bytes(data[position + 1 : position + 3], "big")
        if kind != 0x42 or size > 100 or position + 3 + size > len(data):
            return
        position += 3 + size
        count += 1
        if count == 4:
            raise Found


def command_line(text: str) -> None:
    words = text.split()
    if len(words) < 3 or words[0] != "set":
        return
    if words[1].startswith("--limit=") and words[2] in ("fast", "slow"):
        limit = words[1][8:]
        if limit.isdigit() and 250 <= int(limit) < 260:
            raise Found


def dispatch(data: bytes) -> None:
    handlers = {b"GET": 1, b"PUT": 2, b"DELETE": 3}
    verb, _, path = data.partition(b" ")
    if handlers.get(verb) == 3 and path.endswith(b"/admin"):
        raise Found


def dates(text: str) -> None:
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError:
        return
    if day.year == 1999 and day.month == 12 and day.day == 31:
        raise Found


def nested_lists(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError:
        return
    match found:
        case {"user": {"name": "root", "id": 0}, "flags": [1, 2]}:
            raise Found


def byte_sum(data: bytes) -> None:
    if len(data) >= 4 and (data[0] * 3 + data[1] * 5 + data[2] * 7 + data[3]) % 1009 == 1000:
        if data[0] ^ data[3] == 0x5A:
            raise Found


def floating_text(text: str) -> None:
    try:
        value = float(text)
    except ValueError:
        return
    if 3.14159 < value < 3.1416:
        raise Found


def rolling(data: bytes) -> None:
    value = 0x1234
    for byte in data[:3]:
        value = (value * 31 + byte) & 0xFFFF
    if len(data) >= 3 and value == 0xBEEF:
        raise Found


SECRET = bytes((index * 73 + 5) % 256 for index in range(20))


def one_by_one(data: bytes) -> None:
    if len(data) != len(SECRET):
        return
    for index, byte in enumerate(data):
        if byte != SECRET[index]:
            return
    raise Found


def digest(data: bytes) -> None:
    import hmac

    if hmac.compare_digest(data[4:12], b"\x00password"[1:]) and data[:2] == data[2:4]:
        raise Found


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]


def records(data: bytes) -> None:
    reader = Reader(data)
    if reader.take(2) != b"\xff\xd8":
        return
    while marker := reader.take(2):
        if marker[:1] != b"\xff":
            return
        size = int.from_bytes(reader.take(2), "big")
        body = reader.take(size - 2)
        if marker[1:] == b"\xe1" and body.startswith(b"Exif\0\0"):
            raise Found


_GO_TYPES = {"bytes": "[]uint8", "str": "string", "float": "float64"}


def _types(function: Callable[..., None]) -> tuple[str, ...]:
    names = [name for key, name in function.__annotations__.items() if key != "return"]
    return tuple(_GO_TYPES.get(name, name) for name in names)


TARGETS = {
    # function: (types of the arguments, most executions by the median)
    nested_bytes: (("[]uint8",), 1_000),
    and_chain: (("[]uint8",), 1_000),
    text_ends: (("string",), 1_000),
    two_magics: (("[]uint8",), 1_000),
    key_value: (("string",), 100_000),
    png_like: (("[]uint8",), 100_000),
    version: (("string",), 50_000),
    machine: (("[]uint8",), 200_000),
    machine_of_words: (("string",), 200_000),
    encoded: (("[]uint8",), 100_000),
    xored: (("[]uint8",), 100_000),
    linear: (("int",), 100_000),
    document: (("string",), 100_000),
    matching: (("string",), 100_000),
    word_list: (("string",), 100_000),
    floats: (("float64", "float64"), 100_000),
    header: (("[]uint8",), 100_000),
    table: (("[]uint8",), 100_000),
    checksum: (("[]uint8",), 100_000),
    mixed: (("int", "string", "bool"), 100_000),
    escaped: (("string",), 200_000),
    digits: (("string",), 100_000),
    quadratic: (("int",), 100_000),
    hexed: (("string",), 100_000),
    frames: (("[]uint8",), 100_000),
    command_line: (("string",), 100_000),
    dispatch: (("[]uint8",), 100_000),
    dates: (("string",), 100_000),
    nested_lists: (("string",), 100_000),
    byte_sum: (("[]uint8",), 100_000),
    floating_text: (("string",), 100_000),
    rolling: (("[]uint8",), 200_000),
    one_by_one: (("[]uint8",), 100_000),
    digest: (("[]uint8",), 100_000),
    records: (("[]uint8",), 100_000),
}
HARD: dict[Callable[..., None], tuple[tuple[str, ...], int]] = {}
"""What is not found yet; campaigns.py runs them if they are named."""

for _more in (*bytes_targets.TARGETS, *text_targets.TARGETS, *format_targets.TARGETS):
    TARGETS[_more] = (_types(_more), 100_000)
for _more in format_targets.HARD:
    HARD[_more] = (_types(_more), 100_000)
