"""Functions with a fault behind a format: documents, protocols, small languages.

They were written as people write Python, before anything was done for them. Those of HARD are not
found yet.
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
import shlex
import struct
import tomllib
import urllib.parse
import uuid
import xml.etree.ElementTree as ET
import zlib
from datetime import date, datetime
from fractions import Fraction

from found import Found


def token(data: bytes) -> None:
    try:
        header, body, _ = data.split(b".")
        fields = json.loads(base64.b64decode(header, validate=True))
    except ValueError:
        return
    if isinstance(fields, dict) and fields.get("alg") == "none" and body == b"admin":
        raise Found


def xored_key(text: str) -> None:
    try:
        number = int(text, 16)
    except ValueError:
        return
    if number ^ 0xDEADBEEF == 0x12345678:
        raise Found


def stack_machine(text: str) -> None:
    stack: list[int] = []
    for line in text.split(";"):
        word, _, argument = line.strip().partition(" ")
        if word == "push" and argument.isdigit():
            stack.append(int(argument))
        elif word == "add" and len(stack) > 1:
            stack.append(stack.pop() + stack.pop())
        elif word == "halt":
            if len(stack) == 1 and stack[0] == 12:
                raise Found
            return
        else:
            return


def monday(text: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return
    if day.year > 2030 and day.weekday() == 0 and day.day == 29:
        raise Found


def network(text: str) -> None:
    host, _, port = text.rpartition(":")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if address in ipaddress.ip_network("10.20.0.0/16") and port == "8443":
        raise Found


def request(data: bytes) -> None:
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return
    first, *lines = head.split(b"\r\n")
    method, _, rest = first.partition(b" ")
    if method not in (b"GET", b"POST") or not rest.endswith(b" HTTP/1.1"):
        return
    headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            return
        headers[name.strip().lower()] = value.strip()
    if headers.get(b"content-length") == str(len(body)).encode() and len(body) > 3:
        if headers.get(b"host") == b"example.com":
            raise Found


def secret(data: bytes) -> None:
    if bytes(byte ^ 0x5A for byte in data) == b"open sesame":
        raise Found


def ini(text: str) -> None:
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        if parser.getboolean("main", "debug") and parser.getint("main", "level") == 7:
            raise Found
    except (configparser.Error, ValueError):
        return


def rows(text: str) -> None:
    try:
        table = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return
    if len(table) == 2 and len(table[0]) == 3 and table[1][2:] == ["x,y"]:
        raise Found


def link(text: str) -> None:
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port
    except ValueError:
        return
    if parts.scheme == "ftp" and port == 2121 and parts.username == "root":
        raise Found


def factors(a: int, b: int) -> None:
    if a > b > 1 and a * b == 391:
        raise Found


def xml_document(text: str) -> None:
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError, LookupError):
        return
    if root.tag == "doc" and root.findtext("item/name") == "key":
        raise Found


def project(text: str) -> None:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    tool = table.get("tool")
    if isinstance(tool, dict) and tool.get("level") == 3:
        raise Found


def brackets(text: str) -> None:
    stack, deepest = [], 0
    for char in text:
        if char in "([{":
            stack.append(char)
            deepest = max(deepest, len(stack))
        elif char in ")]}":
            if not stack or "([{".index(stack.pop()) != ")]}".index(char):
                return
        else:
            return
    if not stack and deepest >= 6:
        raise Found


def roman(text: str) -> None:
    values = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
    total = 0
    last = 0
    for char in reversed(text):
        if char not in values:
            return
        value = values[char]
        total += -value if value < last else value
        last = max(last, value)
    if total == 1987:
        raise Found


def protobuf(data: bytes) -> None:
    at = 0
    seen = {}
    while at < len(data):
        key = data[at]
        at += 1
        if key & 7 == 0:
            value = shift = 0
            while at < len(data):
                byte = data[at]
                at += 1
                value |= (byte & 127) << shift
                shift += 7
                if not byte & 128:
                    break
            seen[key >> 3] = value
        elif key & 7 == 2:
            if at >= len(data):
                return
            size = data[at]
            if at + 1 + size > len(data):
                return
            seen[key >> 3] = data[at + 1 : at + 1 + size]
            at += 1 + size
        else:
            return
    if seen.get(1) == 300 and seen.get(3) == b"hello":
        raise Found


def command(text: str) -> None:
    try:
        words = shlex.split(text)
    except ValueError:
        return
    if words[:2] == ["run", "a b"] and "--force" in words:
        raise Found


def chunks(data: bytes) -> None:
    at, names = 0, []
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if at + 8 + size > len(data):
            return
        names.append(name)
        at += 8 + size
    if names == [b"HEAD", b"DATA", b"TAIL"]:
        raise Found


def identity(text: str) -> None:
    try:
        one = uuid.UUID(text)
    except ValueError:
        return
    if one.version == 4 and one.hex.startswith("c0ffee"):
        raise Found


def ratio(text: str) -> None:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return
    if value.denominator == 97 and value > 3:
        raise Found


def password(text: str) -> None:
    if len(text) < 8:
        return
    if not any(char.isdigit() for char in text) or not any(char.isupper() for char in text):
        return
    if text[::-1].startswith("!") and text.count("x") == 3 and "pass" in text.lower():
        raise Found


def template(text: str) -> None:
    found = re.findall(r"\{\{\s*(\w+)(?:\|(\w+))?\s*\}\}", text)
    if len(found) >= 2 and found[1] == ("name", "upper"):
        raise Found


def clock(text: str) -> None:
    try:
        moment = datetime.strptime(text, "%d/%b/%Y:%H:%M")
    except ValueError:
        return
    if moment.hour == 23 and moment.month == 2:
        raise Found


def crc_blocks(data: bytes) -> None:
    at = 0
    good = 0
    while at + 5 <= len(data):
        size = data[at]
        block = data[at + 1 : at + 1 + size]
        check = data[at + 1 + size : at + 5 + size]
        if len(check) < 4 or int.from_bytes(check, "little") != zlib.crc32(block):
            return
        good += size > 2
        at += 5 + size
    if good >= 2:
        raise Found


def tokens(text: str) -> None:
    pattern = re.compile(r"\s*(?:(\d+)|([a-z]+)|(.))")
    kinds = []
    for number, name, symbol in pattern.findall(text):
        kinds.append("N" if number else "I" if name else symbol)
        if name in ("let", "in"):
            kinds[-1] = name
    if kinds == ["let", "I", "=", "N", "in", "I", "+", "N"]:
        raise Found


class Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> None:
        if self.peek() != char:
            raise ValueError(char)
        self.at += 1

    def value(self) -> object:
        if self.peek() == "(":
            self.take("(")
            items = []
            while self.peek() != ")":
                items.append(self.value())
                if self.peek() == " ":
                    self.take(" ")
            self.take(")")
            return items
        start = self.at
        while self.peek().isalnum():
            self.at += 1
        if start == self.at:
            raise ValueError(start)
        return self.text[start : self.at]


def lisp(text: str) -> None:
    try:
        tree = Parser(text).value()
    except ValueError:
        return
    if isinstance(tree, list) and tree[:1] == ["if"] and len(tree) == 4:
        if isinstance(tree[1], list) and tree[1][:1] == ["eq"]:
            raise Found


TARGETS = [
    token,
    stack_machine,
    network,
    request,
    secret,
    ini,
    link,
    factors,
    project,
    command,
    chunks,
    identity,
    ratio,
    password,
    template,
    clock,
    tokens,
]
HARD = [
    xored_key,
    monday,
    rows,
    xml_document,
    brackets,
    roman,
    protobuf,
    crc_blocks,
    lisp,
]
