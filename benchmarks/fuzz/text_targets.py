"""More functions with a fault, of texts, that a blind fuzzer does not find.

The engine was not made for these; they are here to say where it is weak.
"""

# ruff: noqa: SIM102 - each `if` is one that a fuzzer must pass

from __future__ import annotations

import base64
import configparser
import csv
import io
import ipaddress
import json
import re
import urllib.parse
import uuid
from datetime import datetime
from decimal import Decimal, InvalidOperation

from found import Found


def wrapped(text: str) -> None:
    try:
        inner = json.loads(base64.b64decode(text))
    except ValueError:
        return
    if isinstance(inner, dict) and inner.get("cmd") == "stop":
        raise Found


def query(text: str) -> None:
    fields = urllib.parse.parse_qs(text)
    if fields.get("user") == ["root"] and fields.get("id", ["0"])[0] == "4711":
        raise Found


def extensions(text: str) -> None:
    name, dot, ending = text.rpartition(".")
    if dot and ending in {"tar", "gz", "zip"} and name.startswith(("lib", "usr")):
        if len(name) == 9 and name[-1] == "7":
            raise Found


STAMP = re.compile(r"(?P<level>INFO|WARN|ERROR) \[(?P<id>[0-9a-f]{4})\] (?P<text>.+)")


def log_line(text: str) -> None:
    match = STAMP.fullmatch(text)
    if match and match["level"] == "ERROR" and match["id"] == "dead":
        if match.group("text").endswith("!"):
            raise Found


MAZE = ["#########", "#S..#...#", "##.##.#.#", "#...#.#.#", "#.#...#E#", "#########"]


def maze(text: str) -> None:
    row, column = 1, 1
    for step in text:
        if step == "u":
            row -= 1
        elif step == "d":
            row += 1
        elif step == "l":
            column -= 1
        elif step == "r":
            column += 1
        else:
            return
        if MAZE[row][column] == "#":
            return
        if MAZE[row][column] == "E":
            raise Found


class Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @property
    def current(self) -> str:
        return self.text[self.position : self.position + 1]

    def eat(self, wanted: str) -> bool:
        if self.current == wanted:
            self.position += 1
            return True
        return False

    def expression(self, depth: int) -> int:
        if self.eat("("):
            inner = self.expression(depth + 1)
            if not self.eat(")"):
                raise ValueError("no end")
            return inner
        if not self.current.isdigit():
            raise ValueError("no digit")
        self.position += 1
        return depth


def parenthesised(text: str) -> None:
    try:
        parser = Parser(text)
        depth = parser.expression(0)
    except (ValueError, RecursionError):
        return
    if depth >= 6 and parser.position == len(text):
        raise Found


def headers(text: str) -> None:
    lines = text.split("\r\n")
    if not lines[0].startswith("GET /"):
        return
    found = {}
    for line in lines[1:]:
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip().lower()] = value.strip()
    if found.get("host") == "example.com" and found.get("content-length", "").isdecimal():
        if int(found["content-length"]) > 65535:
            raise Found


def folded(text: str) -> None:
    if text.casefold() == "straße".casefold() and text != text.lower():
        raise Found


def padded(text: str) -> None:
    if text.isdigit() and len(text) < 5 and text.zfill(6) == "000451":
        raise Found


def cleaned(text: str) -> None:
    if text.replace("-", "").replace(" ", "").upper() == "GB29NWBK6016":
        if text.count("-") == 2:
            raise Found


def price(text: str) -> None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return
    if amount.is_finite() and Decimal("19.90") < amount < Decimal("20.00"):
        raise Found


def moment(text: str) -> None:
    try:
        when = datetime.strptime(text, "%d/%m/%Y %H:%M")
    except ValueError:
        return
    if when.month == 2 and when.day == 29 and when.hour == 23:
        raise Found


def address(text: str) -> None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return
    if found.version == 4 and found.is_private and int(found) & 0xFF == 254:
        raise Found


def identifier(text: str) -> None:
    try:
        found = uuid.UUID(text)
    except ValueError:
        return
    if found.version == 4 and found.node == 0xC0FFEE:
        raise Found


def settings(text: str) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return
    if parser.has_section("server") and parser.get("server", "port", fallback="") == "8443":
        raise Found


def sheet(text: str) -> None:
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return
    if len(rows) >= 2 and rows[0] == ["id", "name"] and len(rows[1]) == 2:
        if rows[1][1] == "x,y":
            raise Found


def order(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError:
        return
    if not isinstance(found, dict) or "items" not in found:
        return
    items = found["items"]
    if isinstance(items, list) and len(items) == 3 and all(isinstance(i, int) for i in items):
        if sum(items) == 1000 and found.get("paid") is True:
            raise Found


class Version:
    def __init__(self, text: str) -> None:
        self.parts = tuple(int(part) for part in text.split("."))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.parts == other.parts

    def __lt__(self, other: Version) -> bool:
        return self.parts < other.parts

    __hash__ = None  # type: ignore[assignment]


def release(text: str) -> None:
    try:
        version = Version(text)
    except ValueError:
        return
    if Version("3.9.17") < version and version < Version("3.9.20"):
        raise Found


def keyed(text: str) -> None:
    rows = sorted((part.split("=", 1) for part in text.split("&") if "=" in part), key=lambda r: r)
    if [key for key, _ in rows] == ["a", "b", "c"] and rows[2][1] == "zz":
        raise Found


def hexadecimal(text: str) -> None:
    try:
        number = int(text, 16)
    except ValueError:
        return
    if number > 0xFFFF and number % 0x10000 == 0xBEEF and number.bit_length() == 20:
        raise Found


def luhn(text: str) -> None:
    if len(text) == 16 and text.isdecimal() and text.startswith("4"):
        total = 0
        for index, digit in enumerate(reversed(text)):
            value = int(digit)
            if index % 2:
                value = value * 2 - 9 if value > 4 else value * 2
            total += value
        if total % 10 == 0:
            raise Found


TOKEN = re.compile(r"\s*(?:(\d+)|([a-z]+)|(.))")


def calculator(text: str) -> None:
    tokens = [match.groups() for match in TOKEN.finditer(text)]
    kinds = ["n" if n else "w" if w else p for n, w, p in tokens]
    if "".join(kinds) == "w=n+n;" and tokens[0][1] == "let":
        if int(tokens[2][0]) + int(tokens[4][0]) == 4096:
            raise Found


class Closed(Exception):
    pass


class Door:
    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> str:
        if not self.code.startswith("open "):
            raise Closed
        return self.code[5:]

    def __exit__(self, *_: object) -> None:
        return None


def doors(text: str) -> None:
    try:
        with Door(text) as rest, Door(rest) as last:
            if [c for c in last if c in "se"][:3] == ["s", "e", "s"] and last.islower():
                raise Found
    except Closed:
        return


def palindrome(text: str) -> None:
    if len(text) == 7 and text == text[::-1] and text[:2] == "ra" and len(set(text)) == 4:
        raise Found


def counted(words: str) -> None:
    counts: dict[str, int] = {}
    for word in words.split():
        counts[word] = counts.get(word, 0) + 1
    if counts.get("spam", 0) >= 3 and counts.get("eggs", 0) == 2:
        raise Found


TARGETS = [
    wrapped,
    query,
    extensions,
    log_line,
    maze,
    parenthesised,
    headers,
    folded,
    padded,
    cleaned,
    price,
    moment,
    address,
    identifier,
    settings,
    sheet,
    order,
    release,
    keyed,
    hexadecimal,
    luhn,
    calculator,
    doors,
    palindrome,
    counted,
]
