"""More functions with a fault, of bytes and numbers, that a blind fuzzer does not find.

The engine was not made for these; they are here to say where it is weak.
"""

# ruff: noqa: SIM102, SIM113 - each `if` is one that a fuzzer must pass

from __future__ import annotations

import binascii
import enum
import struct
import zlib
from dataclasses import dataclass

from found import Found


def ranges(one: int, two: int) -> None:
    if 1000 < one < 1010 and one * 2 <= two < one * 2 + 3:
        if 0 <= two % 7 <= 0:
            raise Found


def packed_fields(data: bytes) -> None:
    try:
        magic, kind, size, ratio = struct.unpack_from(">4sHIf", data)
    except struct.error:
        return
    if magic == b"ABCD" and kind == 0x0102 and size == 70000 and ratio == 0.25:
        raise Found


def adler(data: bytes) -> None:
    if len(data) >= 12 and data[:4] == b"ADLR":
        if zlib.adler32(data[4:-4]) == int.from_bytes(data[-4:], "big"):
            if data[4] == data[5] == 0x2A:
                raise Found


def xor_check(data: bytes) -> None:
    if len(data) < 6:
        return
    check = 0
    for byte in data[:-1]:
        check ^= byte
    if check == data[-1] and data.startswith(b"$GP"):
        raise Found


def inflated(data: bytes) -> None:
    try:
        plain = zlib.decompress(data)
    except zlib.error:
        return
    if plain[:3] == b"ok:":
        raise Found


class Opcode(enum.Enum):
    NOP = 0
    PUSH = 17
    JUMP = 99
    HALT = 201


def opcodes(data: bytes) -> None:
    stack = []
    for index, byte in enumerate(data):
        try:
            code = Opcode(byte)
        except ValueError:
            return
        if code is Opcode.PUSH:
            stack.append(index)
        elif code is Opcode.HALT and len(stack) == 3:
            raise Found


@dataclass
class Point:
    x: int
    y: int


def shapes(x: int, y: int, name: str) -> None:
    match (Point(x, y), name):
        case (Point(x=40, y=-12), "home"):
            raise Found


def records_in_records(data: bytes) -> None:
    def walk(part: bytes, depth: int) -> None:
        position = 0
        while position + 2 <= len(part):
            tag, size = part[position], part[position + 1]
            body = part[position + 2 : position + 2 + size]
            if len(body) != size:
                return
            if tag == 0x30:
                walk(body, depth + 1)
            elif tag == 0x04 and depth == 2 and body == b"key":
                raise Found
            position += 2 + size

    walk(data, 0)


LOCK = (7, 13, 2, 250, 99, 99, 31, 180, 5, 64, 128, 200, 17, 3)


def lock(data: bytes) -> None:
    step = 0
    for byte in data:
        if byte != LOCK[step]:
            return
        step += 1
        if step == len(LOCK):
            raise Found


def arguments(name: str, size: int, ratio: float, flag: bool, body: bytes) -> None:
    if name == "resize" and not flag:
        if 640 <= size <= 1920 and 1.7 < ratio < 1.8:
            if len(body) == size % 16 and body[:1] == b"\xff":
                raise Found


def arithmetic(a: int, b: int) -> None:
    if a * 7 + 3 == b and b ^ 0xDEAD == 0x1234:
        raise Found


def quantified(data: bytes) -> None:
    if len(data) == 10 and all(byte & 1 for byte in data) and any(byte > 250 for byte in data):
        if data.index(max(data)) == 7:
            raise Found


def generated(data: bytes) -> None:
    pairs = (data[index : index + 2] for index in range(0, len(data), 2))
    words = [int.from_bytes(pair, "big") for pair in pairs]
    if words[:3] == [500, 1000, 2000]:
        raise Found


def in_the_middle(data: bytes) -> None:
    where = data.find(b"\x00\x01\x02")
    if where == 9 and data[where + 3 :].strip() == b"tail":
        raise Found


def check_digits(data: bytes) -> None:
    if len(data) >= 8 and binascii.crc32(data[:4]) & 0xFF == data[4]:
        if binascii.crc_hqx(data[:4], 0) >> 8 == data[5]:
            raise Found


def two_sums(data: bytes) -> None:
    if len(data) >= 6 and sum(data[:6]) == 700 and data[0] ^ data[5] == 0x55:
        raise Found


def utf16(data: bytes) -> None:
    try:
        text = data.decode("utf-16-le")
    except UnicodeDecodeError:
        return
    if text == "grün":
        raise Found


def vlq(data: bytes) -> None:
    value = shift = 0
    for index, byte in enumerate(data):
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            if value == 300_000 and data[index + 1 :] == b"\x01":
                raise Found
            return


def bits(number: int) -> None:
    if (number >> 8) & 0xFF == 0x7E and number & 0xFF == 0x81 and number.bit_count() == 12:
        raise Found


def rounded(x: float) -> None:
    if round(x, 2) == 3.14 and x * 1000 % 10 > 1:
        raise Found


TARGETS = [
    ranges,
    packed_fields,
    adler,
    xor_check,
    inflated,
    opcodes,
    shapes,
    records_in_records,
    lock,
    arguments,
    arithmetic,
    quantified,
    generated,
    in_the_middle,
    check_digits,
    two_sums,
    utf16,
    vlq,
    bits,
    rounded,
]
