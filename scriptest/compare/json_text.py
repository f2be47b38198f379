"""Parses JSON into nodes that know their places in the text, and paths to them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from enum import Enum

from scriptest.base import numbers


class AnyKey(Enum):
    """A wildcard of a path pattern."""

    INDEX = "[*]"
    NAME = ".*"


Key = str | int
Path = tuple[Key, ...]
Pattern = tuple[Key | AnyKey, ...]

_MAX_DEPTH = 400
_SPACE = " \t\n\r"
_WORDS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class JsonError(ValueError):
    """Invalid JSON, or an invalid path; the message contains the position.

    Attributes:
        line: The 1-based line of invalid JSON; 0 for an invalid path.
        column: Its column.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Node:
    """One value.

    Attributes:
        kind: `object`, `array`, `string`, `number`, `boolean` or `null`.
        value: The value of a string, number or boolean; None for the other kinds.
        children: The values of an object or array, in order, by key or index.
        text: The whole JSON text.
        start: The offset of the value in the text.
        end: The offset of its end.
    """

    __slots__ = ("children", "end", "kind", "start", "text", "value")

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.end = start
        self.kind = ""
        self.value: str | Decimal | bool | None = None
        self.children: dict[Key, Node] = {}

    @property
    def source(self) -> str:
        """The value as it is written."""
        return self.text[self.start : self.end]


def parse(text: str) -> Node:
    """Parse a JSON text.

    Raises:
        JsonError: it is invalid, has a duplicate key, or is nested deeper than 400 levels.
    """
    node, position = _value(text, _skip(text, 0), 0)
    position = _skip(text, position)
    if position < len(text):
        raise _error(text, position, "unexpected text after the value")
    return node


def _error(text: str, position: int, problem: str) -> JsonError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return JsonError(f"not JSON: line {line}, column {column}: {problem}", line, column)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _value(text: str, start: int, depth: int) -> tuple[Node, int]:
    if depth > _MAX_DEPTH:
        raise _error(text, start, f"nested deeper than {_MAX_DEPTH} levels")
    char = text[start : start + 1]
    node = Node(text, start)
    if char == "{" or char == "[":
        node.kind = "object" if char == "{" else "array"
        node.end = _members(node, depth)
    elif char == '"':
        node.kind = "string"
        node.value, node.end = _string(text, start)
    else:
        _scalar(node)
    return node, node.end


def _members(node: Node, depth: int) -> int:
    """Parse the members of an object or array; return the position after its closing bracket."""
    text, close = node.text, "}" if node.kind == "object" else "]"
    position = _skip(text, node.start + 1)
    if text[position : position + 1] == close:
        return position + 1
    while True:
        key: Key = len(node.children)
        if close == "}":
            key, position = _key(node, position)
        node.children[key], position = _value(text, position, depth + 1)
        position = _skip(text, position)
        char = text[position : position + 1]
        if char == close:
            return position + 1
        if char != ",":
            raise _error(text, position, f"expected `,` or `{close}`")
        position = _skip(text, position + 1)


def _key(node: Node, position: int) -> tuple[str, int]:
    text, start = node.text, position
    if text[position : position + 1] != '"':
        raise _error(text, position, "expected a key in double quotes")
    key, position = _string(text, position)
    if key in node.children:
        raise _error(text, start, f"duplicate key {key!r}")
    position = _skip(text, position)
    if text[position : position + 1] != ":":
        raise _error(text, position, "expected `:`")
    return key, _skip(text, position + 1)


def _string(text: str, start: int) -> tuple[str, int]:
    from json import JSONDecodeError, JSONDecoder

    try:
        value, end = JSONDecoder().raw_decode(text, start)
    except JSONDecodeError as error:
        raise _error(text, error.pos, error.msg.lower()) from None
    return str(value), end


def _scalar(node: Node) -> None:
    import re

    text, start = node.text, node.start
    for word, truth in _WORDS:
        if text.startswith(word, start):
            node.kind = "null" if truth is None else "boolean"
            node.value, node.end = truth, start + len(word)
            return
    number = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?").match(text, start)
    if number is None:
        raise _error(text, start, "expected a value")
    node.kind, node.end = "number", number.end()
    try:
        node.value = Decimal(number[0])
    except InvalidOperation:
        raise _error(text, start, "the number's exponent is too large") from None


# --- paths -----------------------------------------------------------------------------------


def path_text(path: Pattern) -> str:
    """Return the text of a path, `.items[0]["a key"]`; `.` for the whole value."""
    parts = []
    for key in path:
        if isinstance(key, AnyKey):
            parts.append(key.value)
        elif isinstance(key, int):
            parts.append(f"[{key}]")
        elif key and _IDENTIFIER.issuperset(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{quoted(key)}]")
    return "".join(parts) or "."


def quoted(key: str) -> str:
    """Return a string as JSON."""
    from json import dumps

    return dumps(key, ensure_ascii=False)


def read_path(text: str) -> Path:
    """Parse a path such as `.items[0].name`, `items[-1]`, `.[0]` or `["a key"].x`.

    Raises:
        JsonError: the path is invalid.
    """
    return tuple(key for key, _ in _keys(text))


def read_pattern(text: str) -> Pattern:
    """Parse a pattern of paths: a path in which `[*]` is any index, and `.*` any name.

    Raises:
        JsonError: the pattern is invalid.
    """
    found: list[Key | AnyKey] = []
    for key, source in _keys(text, any_index=True):
        if isinstance(key, int) and key < 0:
            raise JsonError(f"path {text}: count the elements from the start, or use [*]")
        if source in (".*", "*") or source == "[*]":
            found.append(AnyKey.INDEX if source == "[*]" else AnyKey.NAME)
        else:
            found.append(key)
    return tuple(found)


def matches(pattern: Pattern, path: Path) -> bool:
    """Report whether a pattern matches a path."""
    return len(pattern) == len(path) and all(
        isinstance(key, int)
        if wanted is AnyKey.INDEX
        else isinstance(key, str)
        if wanted is AnyKey.NAME
        else wanted == key
        for wanted, key in zip(pattern, path, strict=True)
    )


def _keys(text: str, *, any_index: bool = False) -> Iterator[tuple[Key, str]]:
    """Yield each key of a path, and how it is written; the key of `[*]` is 0."""
    position = 0
    while position < len(text) and text != ".":
        start = position
        if text.startswith(".[", position):
            start = position = position + 1
        if any_index and text.startswith("[*]", position):
            key: Key = 0
            position += 3
        elif text[position] == "[":
            key, position = _bracket(text, position)
        else:
            begin = position + (text[position] == ".")
            position = min(
                (place for place in (text.find(char, begin) for char in ".[") if place >= 0),
                default=len(text),
            )
            key = text[begin:position]
            if not key:
                raise JsonError(f"path {text}: column {begin + 1}: expected a name")
        yield key, text[start:position]


def _bracket(text: str, start: int) -> tuple[Key, int]:
    if text.startswith('["', start):
        key, end = _string(text, start + 1)
    else:
        end = text.find("]", start)
        digits = text[start + 1 : end]
        index = numbers.read(digits.removeprefix("-"))
        if end < 0 or index is None:
            raise JsonError(f"path {text}: expected an index or a key in double quotes in [ ]")
        return -index if digits.startswith("-") else index, end + 1
    if text[end : end + 1] != "]":
        raise JsonError(f"path {text}: expected `]`")
    return key, end + 1


def find(node: Node, path: Path) -> Node:
    """Return the value at a path; a negative index counts from the end of an array.

    Raises:
        JsonError: there is no value at the path; the message names the first missing key.
    """
    for number, key in enumerate(path):
        parent = path_text(path[:number])
        child: Key = key
        if isinstance(key, int):
            if node.kind != "array":
                raise JsonError(f"cannot use index {key}: {_kind_of(node, parent)}")
            child = key + len(node.children) if key < 0 else key
            if child not in node.children:
                size = len(node.children)
                elements = f"{size} element{'s' * (size != 1)}"
                raise JsonError(f"index {key} is out of range: `{parent}` has {elements}")
        elif node.kind != "object":
            raise JsonError(f"cannot use key {quoted(key)}: {_kind_of(node, parent)}")
        elif key not in node.children:
            keys = ", ".join(str(name) for name in list(node.children)[:20])
            raise JsonError(f"no key {quoted(key)}: `{parent}` has {keys or 'no keys'}")
        node = node.children[child]
    return node


def _kind_of(node: Node, name: str) -> str:
    return f"`{name}` is {'an' if node.kind[0] in 'ao' else 'a'} {node.kind}"
