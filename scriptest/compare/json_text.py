"""Parses JSON into nodes that know their places in the text, and compares and updates them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from scriptest.base import numbers

Key = str | int
Path = tuple[Key, ...]

_MAX_DEPTH = 400
_SPACE = " \t\n\r"
_WORDS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class JsonError(ValueError):
    """Invalid JSON, or an invalid path; the message contains the position."""


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
    return JsonError(f"not JSON: line {line}, column {column}: {problem}")


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


def path_text(path: Path) -> str:
    """Return the text of a path, `.items[0]["a key"]`; `.` for the whole value."""
    parts = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif key and _IDENTIFIER.issuperset(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{_quoted(key)}]")
    return "".join(parts) or "."


def _quoted(key: str) -> str:
    from json import dumps

    return dumps(key, ensure_ascii=False)


def read_path(text: str) -> Path:
    """Parse a path such as `.items[0].name`, `items[-1]`, `.[0]` or `["a key"].x`.

    Raises:
        JsonError: the path is invalid.
    """
    keys: list[Key] = []
    position = 0
    while position < len(text) and text != ".":
        if text.startswith(".[", position):
            position += 1
        if text[position] == "[":
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
        keys.append(key)
    return tuple(keys)


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
            raise JsonError(f"cannot use key {_quoted(key)}: {_kind_of(node, parent)}")
        elif key not in node.children:
            keys = ", ".join(str(name) for name in list(node.children)[:20])
            raise JsonError(f"no key {_quoted(key)}: `{parent}` has {keys or 'no keys'}")
        node = node.children[child]
    return node


def _kind_of(node: Node, name: str) -> str:
    return f"`{name}` is {'an' if node.kind[0] in 'ao' else 'a'} {node.kind}"


# --- comparison ------------------------------------------------------------------------------


def differences(
    want: Node, got: Node, *, superset: bool = False, path: Path = ()
) -> Iterator[tuple[Path, Node | None, Node | None]]:
    """Yield (path, wanted, got) for every difference of two values.

    Numbers are compared by value, so that 1.0 equals 1; the order of keys is ignored.

    Args:
        want: the expected value.
        got: the actual value.
        superset: whether objects of the actual value may have more keys.
        path: the path of the two values.
    """
    if want.kind != got.kind or want.value != got.value:
        yield path, want, got
        return
    for key, child in want.children.items():
        other = got.children.get(key)
        if other is None:
            yield (*path, key), child, None
        else:
            yield from differences(child, other, superset=superset, path=(*path, key))
    for key, child in got.children.items():
        if key not in want.children and not (superset and want.kind == "object"):
            yield (*path, key), None, child


def equal(want: Node, got: Node, *, superset: bool = False) -> bool:
    """Report whether two values are equal."""
    return next(differences(want, got, superset=superset), None) is None


# --- update ----------------------------------------------------------------------------------


def updated(want: Node, got: Node, *, superset: bool = False) -> str:
    """Return a text that is equal to `got`, and formatted as `want` where the two are equal."""
    text = _merged(want, got, superset, _indent(want.text))
    return want.text[: want.start] + text + want.text[want.end :]


def _merged(want: Node, got: Node, superset: bool, indent: str) -> str:
    if equal(want, got, superset=superset):
        return want.source
    found = dict(got.children)
    if superset and got.kind == "object":
        found = {key: node for key, node in found.items() if key in want.children}
    if want.kind != got.kind or not want.children or not found:
        return _written(got, indent, _margin(want), found)
    if want.children.keys() != found.keys():
        return _spliced(want, found, superset, indent)
    pieces, position = [], want.start
    for key, child in want.children.items():
        pieces += [want.text[position : child.start]]
        pieces += [_merged(child, got.children[key], superset, indent)]
        position = child.end
    return "".join(pieces) + want.text[position : want.end]


def _spliced(want: Node, found: dict[Key, Node], superset: bool, indent: str) -> str:
    """Return an object or array with added or removed members; kept members are unchanged."""
    text, position = want.text, want.start + 1
    members: list[str] = []
    spaces: list[str] = []
    for key, child in want.children.items():
        lead = text[position : child.start]
        if spaces:
            lead = lead[lead.index(",") + 1 :]
        name = lead.lstrip(_SPACE)
        spaces.append(lead[: len(lead) - len(name)])
        if key in found:
            value = _merged(child, found[key], superset, indent)
            members.append((spaces[-1] if members else spaces[0]) + name + value)
        position = child.end
    space = spaces[-1] if len(spaces) > 1 or "\n" in spaces[0] else " "
    margin = space.rpartition("\n")[2]
    for key, node in found.items():
        if key not in want.children:
            name = f"{_quoted(key)}: " if isinstance(key, str) else ""
            value = _written(node, indent if "\n" in space else "", margin, node.children)
            members.append((space if members else spaces[0]) + name + value)
    return text[want.start] + ",".join(members) + text[position : want.end]


def _indent(text: str) -> str:
    """Return the indentation of one level in a text; empty if it is all on one line."""
    for line in text.split("\n")[1:]:
        bare = line.lstrip(" \t")
        if bare and bare[0] not in "}]" and bare != line:
            return line[: len(line) - len(bare)]
    return ""


def _margin(node: Node) -> str:
    """Return the indentation of the line on which a value starts."""
    line = node.text[node.text.rfind("\n", 0, node.start) + 1 : node.start]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(node: Node, indent: str, margin: str, children: dict[Key, Node]) -> str:
    if node.kind not in ("object", "array"):
        return node.source
    opening, closing = "{}" if node.kind == "object" else "[]"
    if not children:
        return opening + closing
    rows = []
    for key, child in children.items():
        name = f"{_quoted(key)}: " if isinstance(key, str) else ""
        rows.append(name + _written(child, indent, margin + indent, child.children))
    if not indent:
        return opening + ", ".join(rows) + closing
    inner = f",\n{margin}{indent}".join(rows)
    return f"{opening}\n{margin}{indent}{inner}\n{margin}{closing}"
